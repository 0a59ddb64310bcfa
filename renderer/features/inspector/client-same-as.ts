/** The configuration that makes an ordinary client do what a lab client does, and the official tools for groups. */
import type { Assignor, ConsumerView, ProducerView } from '../../../engine/contract/clients.ts';
import type { GroupView } from '../../../engine/contract/groups.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { bootstrapServer, shellWord, type SameAs } from '../../model/bootstrap-server.ts';

const assignorClasses: Readonly<Record<Assignor, string>> = {
  range: 'org.apache.kafka.clients.consumer.RangeAssignor',
  roundrobin: 'org.apache.kafka.clients.consumer.RoundRobinAssignor',
  sticky: 'org.apache.kafka.clients.consumer.StickyAssignor',
  'cooperative-sticky': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
};

function properties(tool: string, lines: Readonly<Record<string, string>>): SameAs {
  return {
    tool,
    command: Object.entries(lines)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  };
}

export function forConsumer(snapshot: LabSnapshot, { id, settings }: ConsumerView): readonly SameAs[] {
  const { group, instanceId, assignors, commit, configs } = settings;
  return [
    properties('consumer.properties', {
      'bootstrap.servers': snapshot.lab.bootstrapServers,
      'client.id': id,
      'group.id': group,
      ...(instanceId === null ? {} : { 'group.instance.id': instanceId }),
      'partition.assignment.strategy': assignors.map((each) => `\\\n  ${assignorClasses[each]}`).join(','),
      'enable.auto.commit': String(commit === 'auto'),
      ...configs,
    }),
    ...forGroup(snapshot, group, ['describe']),
  ];
}

export function forProducer(snapshot: LabSnapshot, { id, settings }: ProducerView): readonly SameAs[] {
  const { acks, configs, topic, recordsPerSecond, recordBytes, partitioner } = settings;
  const roundRobin = 'org.apache.kafka.clients.producer.RoundRobinPartitioner';
  const server = bootstrapServer(snapshot);
  return [
    properties('producer.properties', {
      'bootstrap.servers': snapshot.lab.bootstrapServers,
      'client.id': id,
      acks,
      ...(partitioner === 'round-robin' ? { 'partitioner.class': roundRobin } : {}),
      ...configs,
    }),
    {
      tool: 'kafka-producer-perf-test',
      command:
        `kafka-producer-perf-test --topic ${topic} --num-records ${recordsPerSecond * 60} --record-size ${recordBytes} ` +
        `--throughput ${recordsPerSecond} --producer-props bootstrap.servers=${server} acks=${acks}`,
    },
  ];
}

type GroupTool = 'describe' | 'members' | 'state';
const options: Readonly<Record<GroupTool, string>> = {
  describe: '--describe',
  members: '--describe --members --verbose',
  state: '--describe --state',
};

export function forGroup(
  snapshot: LabSnapshot,
  group: GroupView['id'],
  tools: readonly GroupTool[] = ['describe', 'members', 'state'],
): readonly SameAs[] {
  const base = `kafka-consumer-groups --bootstrap-server ${bootstrapServer(snapshot)} --group ${shellWord(group)}`;
  return tools.map((tool) => ({ tool: 'kafka-consumer-groups', command: `${base} ${options[tool]}` }));
}
