/** `lab status`: what the lab that runs on a data directory looks like now. */
import type { LabSnapshot } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir } from '../arguments.ts';
import { connect } from './broker.ts';

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
  for (const problem of snapshot.problems)
    lines.push('', `problem: ${problem.thing} ${problem.value}: ${problem.hint}`);
  return `${lines.join('\n')}\n`;
}
