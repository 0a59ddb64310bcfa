/** The command lines that do or show the same as what is selected: to copy into a terminal. */
import type { BrokerView, LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { bootstrapServer, type SameAs } from '../../model/bootstrap-server.ts';
import { isGone } from '../../model/replica.ts';

export { bootstrapServer, type SameAs };

export function forPartition(snapshot: LabSnapshot, partition: PartitionView): readonly SameAs[] {
  const server = bootstrapServer(snapshot);
  const { topic } = partition;
  const under = partition.isr.length < partition.replicas.length ? ' --under-replicated-partitions' : '';
  const describe = {
    tool: 'kafka-topics',
    command: `kafka-topics --bootstrap-server ${server} --describe --topic ${topic}${under}`,
  };
  const offsets = {
    tool: 'kafka-get-offsets',
    command: `kafka-get-offsets --bootstrap-server ${server} --topic-partitions ${topic}:${partition.partition} --time latest`,
  };
  if (partition.leader === partition.replicas[0] || partition.leader < 0) return [describe, offsets];
  const elect = {
    tool: 'kafka-leader-election',
    command: `kafka-leader-election --bootstrap-server ${server} --election-type preferred --topic ${topic} --partition ${partition.partition}`,
  };
  return [describe, offsets, elect];
}

export function forReplica(snapshot: LabSnapshot, partition: PartitionView, node: number): readonly SameAs[] {
  const file = `${snapshot.lab.dataDir}/broker-${node}/${partition.topic}-${partition.partition}/00000000000000000000.log`;
  return [
    ...forPartition(snapshot, partition).slice(0, 1),
    { tool: 'kafka-dump-log', command: `kafka-dump-log --print-data-log --files ${file}` },
  ];
}

export function forBroker(snapshot: LabSnapshot, broker: BrokerView): readonly SameAs[] {
  const lab = (action: string): SameAs => ({
    tool: 'lab',
    command: `npm run --silent lab -- broker ${action} ${broker.id} --data-dir ${snapshot.lab.dataDir}`,
  });
  if (isGone(broker)) return [lab('start')];
  const logDirs = {
    tool: 'kafka-log-dirs',
    command: `kafka-log-dirs --bootstrap-server ${bootstrapServer(snapshot)} --describe --broker-list ${broker.id}`,
  };
  return broker.process === 'paused' ? [lab('resume'), lab('kill')] : [lab('kill'), lab('stop'), logDirs];
}

export function forQuorum(snapshot: LabSnapshot): readonly SameAs[] {
  const base = `kafka-metadata-quorum --bootstrap-server ${bootstrapServer(snapshot)} describe`;
  return ['--status', '--replication'].map((option) => ({
    tool: 'kafka-metadata-quorum',
    command: `${base} ${option}`,
  }));
}

/** With nothing selected: how a client of one's own gets in. */
export function forLab(snapshot: LabSnapshot): readonly SameAs[] {
  const server = bootstrapServer(snapshot);
  const topic = snapshot.topics.find((each) => !each.internal)?.name ?? 'orders';
  return [
    { tool: 'kcat', command: `kcat -b ${server} -t ${topic} -C -f '%p %o %k %s\\n'` },
    { tool: 'kcat', command: `echo 'key:hello' | kcat -b ${server} -t ${topic} -P -K:` },
    { tool: 'kafka-topics', command: `kafka-topics --bootstrap-server ${server} --describe` },
  ];
}
