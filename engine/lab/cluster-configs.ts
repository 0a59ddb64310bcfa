/**
 * The broker configs of a lab, by Kafka's names: what the lab decides (ids, ports, directories, the quorum), what a
 * cluster of this size needs (internal topics' replication), and over all of it what the user sets.
 */
import { LabStartError, type BrokerEntry } from './lab-directory.ts';

/** What only the lab may decide. */
const labOwned = new Set([
  'node.id',
  'broker.id',
  'process.roles',
  'listeners',
  'advertised.listeners',
  'controller.listener.names',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
  'listener.security.protocol.map',
  'log.dir',
  'log.dirs',
]);

const firstElectionTimeout = 'brokerlab.quorum.first.election.timeout.ms';

/**
 * Where the lab's default is not Kafka's: settings that only say how soon a cluster on one machine gets going. They are
 * in docs/deviations.md, and `--set` overrides them.
 */
const labDefaults: Readonly<Record<string, string>> = {
  'controller.quorum.append.linger.ms': '0',
  [firstElectionTimeout]: '50',
};

/** @throws {@link LabStartError} `bad-config` for a config that is the lab's own to decide, or a bad value of the lab's own. */
export function checkUserConfigs(set: Readonly<Record<string, string>>): void {
  const timeout = set[firstElectionTimeout];
  if (timeout !== undefined && !/^\d+$/.test(timeout)) {
    const hint = 'is no whole number of milliseconds from 0 on.';
    throw new LabStartError('bad-config', 'config', `${firstElectionTimeout}=${timeout}`, hint);
  }
  for (const [name, value] of Object.entries(set)) {
    if (!labOwned.has(name)) continue;
    const hint = 'is decided by the lab itself. Use --port, --brokers and --data-dir.';
    throw new LabStartError('bad-config', 'config', `${name}=${value}`, hint);
  }
}

/** `broker.session.timeout.ms`, Kafka's default unless set. */
export function sessionTimeoutMs(set: Readonly<Record<string, string>>): number {
  return Number(set['broker.session.timeout.ms'] ?? 9000);
}

export function brokerConfigs(
  entry: BrokerEntry,
  all: readonly BrokerEntry[],
  directory: string,
  set: Readonly<Record<string, string>>,
): Record<string, string> {
  const voters = all.filter((each) => each.controllerPort !== null);
  const replication = String(Math.min(3, all.length));
  const minIsr = String(all.length > 1 ? 2 : 1);
  const controller = entry.controllerPort !== null;
  const client = `PLAINTEXT://127.0.0.1:${entry.port}`;
  return {
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minIsr,
    ...labDefaults,
    ...set,
    'node.id': String(entry.id),
    'process.roles': controller ? 'broker,controller' : 'broker',
    listeners: controller ? `${client},CONTROLLER://127.0.0.1:${entry.controllerPort}` : client,
    'advertised.listeners': client,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.quorum.voters': voters.map((each) => `${each.id}@127.0.0.1:${each.controllerPort}`).join(','),
    'log.dirs': directory,
  };
}
