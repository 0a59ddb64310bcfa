/** The `lab` command: one word picks the command, each in its own file, loaded when it is asked for. */
import { enableCompileCache } from 'node:module';
import { UsageError } from './arguments.ts';
import { placesBeside, type Places } from './process.ts';

enableCompileCache();

const usage = `lab COMMAND ...

  up [--brokers N] [--port P] [--data-dir DIR] [--set name=value]... [--no-default-workload] [--no-journal] [--json]
      a cluster in the foreground, without a window; broker N listens on P+N-1
  serve [--port N] [--data-dir DIR] [--no-open] [--brokers N] [--broker-port P] [--set name=value]... [--json]
      the lab with its window in a browser
  broker add|stop|kill|start|pause|resume [N] --data-dir DIR
      a command to the lab that runs on DIR; add without N takes the next number
  producer add|stop|kill|start|remove|set [NAME] --data-dir DIR [--topic T] [--rate N] [--acks 0|1|all]
      [--keys none|round|random|skewed|fixed|file] [--key-count N] [--skew PERCENT] [--key-name K]... [--key-file FILE]
      [--key-format keys|tab|csv|json] [--record-bytes N] [--payload TEMPLATE] [--header name=TEMPLATE]...
      [--send-mode fire-and-forget|sync|async] [--partitioner default|round-robin|custom] [--partition-by EXPRESSION]
      [--seed N] [--config name=value]... [--json]
      a command to the producers of that lab; add without NAME makes one up; set restarts a producer when its
      config asks for it; --config replaces all that were given before
  consumer add|close|wakeup|kill|freeze|thaw|start|remove|set [NAME] --data-dir DIR [--group G] [--topic T]...
      [--assignor range|roundrobin|sticky|cooperative-sticky]... [--static on|off] [--instance-id ID]
      [--commit auto|sync|async|none] [--commit-on-revoke on|off] [--processing-ms N] [--processing-jitter-ms N]
      [--config name=value]... [--json]
      a command to the consumers of that lab; set --group G without NAME is for all in the group
  group reset GROUP --data-dir DIR --to-earliest|--to-latest|--to-current|--to-offset N|--shift-by N
      |--to-datetime T|--by-duration PT1H|--to-moment T [--topic T[:0,1]]... [--execute [--restart-consumers]] [--json]
      what a reset of committed offsets would do; --execute does it; --to-moment is what was committed then
  group delete GROUP --data-dir DIR | group delete-offsets GROUP --topic T:0,1 --data-dir DIR
      deletes a group without members, or offsets of topics that no member subscribes
  fault stop|kill|pause|power-loss N | slow-disk N [--delay 50ms] [--rate 1M] | full-disk N [--free 64K]
      | skewed-clock N --skew -30s | cut-link A B [--one-way] | delay-link A B --delay 100ms [--jitter 20ms] [--one-way]
      | limit-link A B --rate 64K [--one-way] | stop-client|kill-client|freeze-client|cut-client NAME
      | slow-client NAME --processing 500ms
      --data-dir DIR [--after 5s] [--for 20s] [--json]
      a fault of a broker, of a link between two (brokers by number, lab clients by name), or of a lab client, in lab time
  fault lift ID|all, fault list --data-dir DIR [--json]
      takes a fault back, or all; shows what stands and what is over
  time [speed N|pause|resume|step 1s] --data-dir DIR [--json]
      how fast the clocks of that lab's brokers and clients go, 0.1 to 20 times wall time; whether they stand
  status --data-dir DIR [--json]
      what that lab looks like now
  run FILE [--export DIR|FILE.zip] [--speed N] [--seed N] [--json]
      a scenario in a lab of its own: status 0 when all it expects holds, 1 when not, 2 for a bad file
  export --data-dir DIR --to PATH [--zip] [--run start-N|RUN] [--json]
      a run of that lab as a folder or one .zip: events, ledger, summary, report and what it takes to open it again;
      without --run its newest start, also while it goes on
  open PATH [--port N] [--no-open] [--json]
      the window on an export, read-only, without brokers
  dump-log FILE... [--print-data-log] [--deep-iteration]
      a segment, index, snapshot or checkpoint file in words, as kafka-dump-log prints it
`;

// Whoever reads may leave before the lab does: a closed pipe is no reason to end, least of all for a cluster.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

type Command = (argv: readonly string[], places: Places) => Promise<void>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).up,
  serve: async () => (await import('./commands/serve.ts')).serve,
  broker: async () => (await import('./commands/broker.ts')).broker,
  producer: async () => (await import('./commands/producer.ts')).producer,
  consumer: async () => (await import('./commands/consumer.ts')).consumer,
  fault: async () => (await import('./commands/fault.ts')).fault,
  group: async () => (await import('./commands/group.ts')).group,
  time: async () => (await import('./commands/time.ts')).time,
  status: async () => (await import('./commands/status.ts')).status,
  run: async () => (await import('./commands/run.ts')).run,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  open: async () => (await import('./commands/open.ts')).open,
  'dump-log': async () => (await import('./commands/dump-log.ts')).dumpLogCommand,
};

const [name = 'help', ...rest] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (load === undefined) {
  const asked = ['help', '--help', '-h'].includes(name);
  (asked ? process.stdout : process.stderr).write(asked ? usage : `lab ${name}: no such command\n\n${usage}`);
  process.exit(asked ? 0 : 2);
}
try {
  const command = await load();
  await command(rest, placesBeside(import.meta.url));
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(`lab ${name}: ${message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
