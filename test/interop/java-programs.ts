/** The Java programs of `java/`, compiled against the official jars, and the official tools in one machine of Java. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { kafkaTool } from './kafka-tools.ts';
import { root, runProgram } from './lab-process.ts';

const sources = join(root, 'test', 'interop', 'java');
/** Short programs: the first compiler alone and the smallest collector cost least. */
const options = [
  ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  `-Dlog4j2.configurationFile=${join(sources, 'log4j2.properties')}`,
];

export interface JavaPrograms {
  /** A command line of one of them. */
  command(name: string, ...args: string[]): { command: string; args: string[] };
  dispose(): void;
}

export async function compileJavaPrograms(): Promise<JavaPrograms> {
  const jars = join((await kafkaTool('jars', [])).trim(), '*');
  const classes = mkdtempSync(join(tmpdir(), 'brokerlab-java-'));
  const files = readdirSync(sources).flatMap((name) => (name.endsWith('.java') ? join(sources, name) : []));
  await runProgram('javac', ['-J-XX:TieredStopAtLevel=1', '-cp', jars, '-d', classes, ...files]);
  const classPath = [classes, jars].join(delimiter);
  return {
    command: (name, ...args) => ({
      command: 'java',
      args: [...options, '-cp', classPath, name, ...args],
    }),
    dispose: () => rmSync(classes, { recursive: true, force: true }),
  };
}

export interface ToolRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Main classes behind the shell scripts, by their names without `kafka-` and `.sh`. */
const mainClasses: Readonly<Record<string, string>> = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  'console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  groups: 'org.apache.kafka.tools.GroupsCommand',
  configs: 'kafka.admin.ConfigCommand',
  'dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  features: 'org.apache.kafka.tools.FeatureCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  'broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
};

/** The official tools, one after the other in one machine of Java (`java/Tools.java`). */
export class OfficialTools {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(programs: JavaPrograms) {
    const { command, args } = programs.command('Tools');
    this.#child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    this.#child.stdout!.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop()!;
      for (const line of parts) this.#waiting.shift()?.(line);
    });
    this.#child.on('close', () => {
      for (const each of this.#waiting.splice(0)) each(['-1', '', base64('the machine of Java has ended')].join(','));
    });
  }

  async run(tool: string, args: readonly string[], input = ''): Promise<ToolRun> {
    const main = mainClasses[tool];
    if (main === undefined) throw new Error(`no official tool ${tool}`);
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin!.write(`${[main, input, ...args].map((part) => `${base64(part)},`).join('')}\n`);
    });
    const [status = '-1', stdout = '', stderr = ''] = line.split(',');
    return { status: Number(status), stdout: text(stdout), stderr: text(stderr) };
  }

  /** Its standard output; rejects when it fails. */
  async output(tool: string, args: readonly string[], input = ''): Promise<string> {
    const { status, stdout, stderr } = await this.run(tool, args, input);
    if (status === 0) return stdout;
    throw new Error(`kafka-${tool} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

const base64 = (part: string): string => Buffer.from(part, 'utf8').toString('base64');
const text = (part: string): string => Buffer.from(part, 'base64').toString('utf8');
