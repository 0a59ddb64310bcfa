/** What the host itself asks of its cluster, over the wire like anybody: topics. */
import { silentTracer } from '../env/index.ts';
import { nodeEnv } from '../env/node/index.ts';
import { RpcChannel } from '../net/index.ts';
import { createTopicsApi, errorName, ErrorCode } from '../protocol/index.ts';

const timeoutMs = 30_000;

/** Null when the topic was made; else why not, Kafka's name of the error first. `bootstrapServers` are tried in order. */
export async function createTopic(
  bootstrapServers: string,
  name: string,
  partitions: number,
  replicationFactor: number,
): Promise<string | null> {
  const env = { ...nodeEnv('.', () => {}), tracer: silentTracer };
  let reason = 'No broker is running.';
  for (const server of bootstrapServers.split(',').filter((each) => each !== '')) {
    const [host = '', port = ''] = server.split(':');
    const channel = new RpcChannel({ env, host, port: Number(port), clientId: 'brokerlab-host' });
    try {
      const answer = await channel.send(
        createTopicsApi,
        { topics: [{ name, numPartitions: partitions, replicationFactor, assignments: [], configs: [] }], timeoutMs },
        { timeoutMs },
      );
      const topic = answer.topics[0];
      if (topic === undefined) return 'The broker did not answer for the topic.';
      if (topic.errorCode === ErrorCode.NONE) return null;
      return `${errorName(topic.errorCode)}: ${topic.errorMessage ?? ''}`;
    } catch (error) {
      reason = (error as Error).message;
    } finally {
      channel.close();
    }
  }
  return reason;
}
