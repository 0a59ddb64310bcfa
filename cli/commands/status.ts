/** `lab status`: what the lab that runs on a data directory looks like now. */
import type { ConsumerView, GroupView, LabSnapshot, ProducerView } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir } from '../arguments.ts';
import { connect } from '../connect.ts';

export async function status(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag' });
  refuseWords(args.words);
  const connection = await connect(requiredDataDir(args));
  try {
    for await (const update of await connection.client.subscribe()) {
      if (update.type !== 'snapshot') continue;
      const { events: _events, ...snapshot } = update.snapshot;
      process.stdout.write(args.flag('json') ? `${JSON.stringify(snapshot)}\n` : table(update.snapshot));
      break;
    }
  } finally {
    connection.close();
  }
}

function table(snapshot: LabSnapshot): string {
  const { lab, quorum } = snapshot;
  const lines = [
    `lab ${lab.name} ${lab.state}, cluster ${lab.clusterId ?? '?'}`,
    `bootstrap servers ${lab.bootstrapServers}`,
    quorum === null
      ? 'quorum: not known'
      : `quorum leader ${quorum.leader ?? 'none'}, epoch ${quorum.epoch}, high watermark ${quorum.highWatermark ?? '?'}`,
    '',
    'broker  port   process        controller says',
  ];
  for (const broker of snapshot.brokers) {
    const says = broker.registration === null ? '?' : broker.registration.fenced ? 'fenced' : 'unfenced';
    lines.push(
      `${String(broker.id).padEnd(8)}${String(broker.port ?? '?').padEnd(7)}${broker.process.padEnd(15)}${says}`,
    );
  }
  lines.push('', 'partition              leader  epoch  isr / replicas');
  for (const each of snapshot.partitions) {
    const name = `${each.topic}-${each.partition}`;
    const leader = each.leader < 0 ? 'none' : String(each.leader);
    lines.push(
      `${name.padEnd(23)}${leader.padEnd(8)}${String(each.leaderEpoch).padEnd(7)}${each.isr.join(',')} / ${each.replicas.join(',')}`,
    );
  }
  lines.push(
    ...producerLines(snapshot.producers),
    ...consumerLines(snapshot.consumers),
    ...groupLines(snapshot.groups),
  );
  for (const problem of snapshot.problems)
    lines.push('', `problem: ${problem.thing} ${problem.value}: ${problem.hint}`);
  return `${lines.join('\n')}\n`;
}

const rate = (perSecond: number | null): string => (perSecond === null ? '?' : perSecond.toFixed(0));

function producerLines(producers: readonly ProducerView[]): readonly string[] {
  if (producers.length === 0) return [];
  const lines = producers.map(
    ({ id, state, settings, totals, recordsPerSecond, failure }) =>
      `${id.padEnd(23)}${state.padEnd(10)}${settings.topic.padEnd(16)}${settings.acks.padEnd(6)}` +
      `${rate(recordsPerSecond).padEnd(11)}${totals.acknowledged} / ${totals.failed}${why(failure)}`,
  );
  return ['', 'producer               state     topic           acks  records/s  acknowledged / failed', ...lines];
}

function consumerLines(consumers: readonly ConsumerView[]): readonly string[] {
  if (consumers.length === 0) return [];
  const lines = consumers.map(
    ({ id, state, settings, recordsPerSecond, partitions, failure }) =>
      `${id.padEnd(23)}${state.padEnd(10)}${settings.group.padEnd(16)}${settings.commit.padEnd(8)}` +
      `${rate(recordsPerSecond).padEnd(11)}${partitions.map((each) => `${each.topic}-${each.partition}`).join(' ')}${why(failure)}`,
  );
  return ['', 'consumer               state     group           commit  records/s  partitions', ...lines];
}

const why = (failure: ProducerView['failure']): string =>
  failure === null ? '' : `  ${failure.code}: ${failure.message}`;

function groupLines(groups: readonly GroupView[]): readonly string[] {
  if (groups.length === 0) return [];
  const lines = groups.map(
    ({ id, state, generation, protocol, coordinator, members }) =>
      `${id.padEnd(23)}${state.padEnd(21)}${String(generation).padEnd(12)}${(protocol ?? '-').padEnd(20)}` +
      `${String(coordinator).padEnd(13)}${members.length}`,
  );
  return [
    '',
    'group                  state                generation  assignor            coordinator  members',
    ...lines,
  ];
}
