/**
 * The thread of the ledger: hears lab clients and the host, reads the logs, keeps `DIR/ledger.db`, answers questions. When
 * the file cannot be written any more it says so once and goes on counting; rows are then no longer kept.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import { ClusterClient, parseBootstrapServers } from '../../client/index.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { NodeClock, NodeNetwork, NodeRandom } from '../../env/node/index.ts';
import { LabClock } from '../../env/node/lab-clock.ts';
import { TimeCell } from '../../env/node/time-cell.ts';
import { refused } from '../outcome.ts';
import { Auditor } from './auditor.ts';
import { forgottenAfterMs, Heard, heardAfterMs } from './heard.ts';
import { openLedgerFile, type LedgerFile } from './ledger-file.ts';
import { LedgerFold } from './ledger-fold.ts';
import type {
  Answer,
  ClientReport,
  FromLedger,
  HostReport,
  LedgerSetup,
  Question,
  ToLedger,
} from './ledger-messages.ts';
import { LedgerReader } from './ledger-reader.ts';
import { propertiesOf, scoped } from './properties.ts';

enableCompileCache();

/** How often the logs are looked at. */
const turnMs = 400;
/** How often what changed is written. */
const flushMs = 2000;
const trimMs = 5000;
/** A record is written once it is so old, unless somebody asks for rows: by then its consumers have committed. */
const ripeMs = 8000;
/** How often a question that waits looks whether everything is read. */
const waitStepMs = 60;
/** For reading what is left, when the lab stops. */
const lastReadMs = 500;
/** Telemetry that judges an acknowledgement may be late by this much lab time (see the fold), and then some. */
const settleMs = 3500;

const setup = workerData as LedgerSetup;
const port = parentPort;
if (port === null) throw new BugError('ledger-worker runs in a worker thread only');
const post = (message: FromLedger): void => port.postMessage(message);
const clock = new LabClock(new TimeCell(setup.time), false);
const env = { clock: new NodeClock(), network: new NodeNetwork(), random: new NodeRandom() };

let file: LedgerFile | null = null;
let fold: LedgerFold | null = null;
let reader: LedgerReader | null = null;
let line: { readonly bootstrapServers: string; readonly cluster: ClusterClient; readonly auditor: Auditor } | null =
  null;
const heard = new Heard();
let bootstrapServers = '';
let faulted = false;
let told = '';
let toldTopics = '';
const timers: NodeJS.Timeout[] = [];
/** What comes before the file is open waits for it. */
let turn: Promise<void> = begin();

async function begin(): Promise<void> {
  let notice: string | null = null;
  try {
    const opened = await openLedgerFile(setup.path, setup.bytesMax);
    ({ file, notice } = opened);
    opened.file.beginRun(setup.startedMs);
    fold = new LedgerFold(opened.file, opened.file.nextRow);
    reader = new LedgerReader(opened.file);
    timers.push(
      setInterval(look, turnMs),
      setInterval(() => keep(clock.precise() - ripeMs), flushMs),
      setInterval(trim, trimMs),
    );
  } catch (error) {
    fault(error);
  }
  post({ type: 'begun', notice });
}

function fault(error: unknown): void {
  if (faulted) return;
  faulted = true;
  try {
    file?.rollback();
  } catch {
    // SQLite has rolled back by itself.
  }
  const text = error instanceof Error ? error.message : String(error);
  post({ type: 'fault', message: `${setup.path}: ${text}. Records are no longer kept.` });
}

function write(action: () => void): void {
  if (faulted) return;
  try {
    action();
  } catch (error) {
    fault(error);
  }
}

function look(): void {
  if (fold === null) return;
  judge(fold);
  connect(fold)?.turn();
  tellTopics(fold);
}

/** Gives the lab time up to which everything has been heard. */
function judge(known: LedgerFold): number {
  const nowMs = clock.precise();
  heard.note(performance.now(), nowMs);
  const heardMs = heard.ago(heardAfterMs);
  known.tick(nowMs, heardMs, heard.ago(forgottenAfterMs));
  return heardMs;
}

/** Null while no broker runs. */
function connect(known: LedgerFold): Auditor | null {
  if (bootstrapServers === '') return line?.auditor ?? null;
  if (line !== null && line.bootstrapServers !== bootstrapServers && line.cluster.brokers.length === 0) {
    line.cluster.close();
    line = null;
  }
  if (line === null) {
    const cluster = new ClusterClient({
      env,
      bootstrapServers: parseBootstrapServers(bootstrapServers.split(',')),
      clientId: 'brokerlab-ledger',
      requestTimeoutMs: 5000,
      metadataMaxAgeMs: 30_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 500,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 500,
      connectTimeoutMs: 2000,
      allowAutoTopicCreation: false,
    });
    const auditor = new Auditor({ cluster, codecs: nodeCodecs, fold: known, nowMs: () => clock.precise() });
    line = { bootstrapServers, cluster, auditor };
  }
  return line.auditor;
}

/** The host tells of brokers only what concerns these. */
function tellTopics(known: LedgerFold): void {
  const topics = [...new Set([...known.partitions].map(({ topic }) => topic))].sort();
  const text = topics.join(' ');
  if (text === toldTopics) return;
  toldTopics = text;
  post({ type: 'topics', topics });
}

/** Puts what is known into the file, and tells the host in short. */
function keep(sentBeforeMs: number): void {
  const known = fold;
  const opened = file;
  if (known === null || opened === null) return;
  const state = known.state(clock.precise());
  write(() => {
    known.flush(sentBeforeMs);
    opened.putState(state);
    opened.commit();
  });
  const verdicts = propertiesOf(scoped(state, {}, false)).map(({ verdict }) => verdict);
  const count = (of: string): number => verdicts.filter((verdict) => verdict === of).length;
  const summary = { holds: count('holds'), broken: count('broken'), unknown: count('unknown') };
  const text = JSON.stringify(summary);
  if (text === told) return;
  told = text;
  post({ type: 'verdicts', ...summary });
}

function trim(): void {
  const opened = file;
  if (opened === null) return;
  write(() => {
    for (let step = 0; step < 8 && opened.trim(); step++);
    opened.commit();
  });
}

async function answer(question: Question): Promise<Answer> {
  if (question.name === 'ledgerSummary') {
    await settle(question.input.waitMs ?? 0);
    if (fold !== null && reader !== null)
      return { ok: true, value: reader.summary(question.input, fold.state(clock.precise())) };
  }
  keep(Number.POSITIVE_INFINITY);
  if (reader === null) return refused('no-ledger', 'ledger', setup.path, 'It could not be opened.');
  try {
    return reader.answer(question);
  } catch (error) {
    return refused('ledger-unreadable', 'ledger', setup.path, (error as Error).message);
  }
}

/** Until everything acknowledged by now is read, and late telemetry had its time. */
async function settle(waitMs: number): Promise<void> {
  const known = fold;
  if (waitMs === 0 || known === null) return;
  const deadlineMs = performance.now() + waitMs;
  const askedMs = clock.precise();
  const isSettled = (): boolean => {
    const { cells } = known.state(clock.precise());
    const read = cells.every(({ unreadSinceMs }) => unreadSinceMs === null || unreadSinceMs > askedMs);
    return read && clock.precise() - askedMs >= settleMs && judge(known) >= askedMs;
  };
  while (performance.now() < deadlineMs && !isSettled()) {
    look();
    await new Promise((resolve) => setTimeout(resolve, waitStepMs));
  }
  judge(known);
}

function hearClient(message: Extract<ToLedger, { type: 'client' }>): void {
  const known = fold;
  if (known === null) return;
  const source = known.open(message.client, message.group);
  message.port.on('message', (report: ClientReport) => known.report(source, report));
  message.port.on('close', () => known.end(source));
}

function hearHost(reports: readonly HostReport[]): void {
  for (const report of reports) {
    if (report.type === 'event') write(() => file?.addMark(report.event));
    else fold?.host(report);
  }
}

/** What was acknowledged last is still to be read; the brokers go next. */
async function close(): Promise<void> {
  const known = fold;
  const isUnread = (): boolean => known?.state(clock.precise()).cells.some(({ counts }) => counts.unread > 0) === true;
  for (const deadlineMs = performance.now() + lastReadMs; isUnread() && performance.now() < deadlineMs;) {
    look();
    await new Promise((resolve) => setTimeout(resolve, waitStepMs));
  }
  for (const timer of timers) clearInterval(timer);
  line?.cluster.close();
  keep(Number.POSITIVE_INFINITY);
  write(() => file?.close());
  post({ type: 'closed' });
  port?.close();
  clock.close();
}

port.on('message', (message: ToLedger) => {
  // A question may wait for what others bring.
  if (message.type === 'ask') {
    void turn.then(async () => post({ type: 'answer', id: message.id, answer: await answer(message.question) }));
    return;
  }
  turn = turn.then(() => {
    switch (message.type) {
      case 'client':
        return hearClient(message);
      case 'reports':
        return hearHost(message.reports);
      case 'brokers':
        bootstrapServers = message.bootstrapServers;
        return;
      case 'close':
        return close();
    }
  });
});
