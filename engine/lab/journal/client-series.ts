/**
 * How clients and groups did, a row each for every second of lab time, in two tables of the journal:
 *
 *     series           `at_ms` is the beginning of the second; what nobody told is null
 *     series_configs   settings and effective configs of a client, whenever they changed
 *
 * A second has what was known when it began. The oldest rows go beyond {@link rowsMax}. Both tables are made when they are
 * missing, so that a journal from before has none and answers with nothing.
 */
import type { ConsumerView, ProducerView } from '../../contract/clients.ts';
import type { GroupView } from '../../contract/groups.ts';
import { lagMsOf } from '../../contract/offsets.ts';
import type { QueryInput } from '../../contract/queries.ts';
import type { ClientSeries, GroupSeries, LabSeries } from '../../contract/series.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { JournalFile } from './journal-file.ts';
import { stepSeconds } from './timeline.ts';

/** Some tens of megabytes. */
const rowsMax = 500_000;
const trimmedAtOnce = 20_000;
/** Seconds without a picture that were like the one before: a lab that runs fast shows fewer of them. */
const silentSecondsMax = 30;

const schema = `
  CREATE TABLE IF NOT EXISTS series (
    at_ms INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, rate REAL, ack REAL, ack_p99 REAL, in_flight REAL,
    lag REAL, lag_ms REAL, PRIMARY KEY (at_ms, kind, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS series_configs (
    name TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, at_ms)
  ) WITHOUT ROWID;`;

type Kind = 'producer' | 'consumer' | 'group';

interface SeriesRow {
  readonly kind: Kind;
  readonly name: string;
  readonly rate: number | null;
  readonly ack: number | null;
  readonly ackP99: number | null;
  readonly inFlight: number | null;
  readonly lag: number | null;
  readonly lagMs: number | null;
}
const nothing = { rate: null, ack: null, ackP99: null, inFlight: null, lag: null, lagMs: null } as const;

/** Writes; the transaction is the file's. */
export class ClientSeriesFold {
  readonly #file: JournalFile;
  #second: number | null = null;
  #rows: readonly SeriesRow[] = [];
  #count: number;
  readonly #configs = new Map<string, { readonly of: readonly [object, object]; readonly body: string }>();

  constructor(file: JournalFile) {
    this.#file = file;
    file.db.exec(schema);
    this.#count = file.row<{ n: number }>('SELECT count(*) AS n FROM series')?.n ?? 0;
  }

  observe(now: LabSnapshot): void {
    const second = Math.floor(now.sampledMs / 1000);
    const last = this.#second;
    if (last !== null && second <= last) return;
    if (last !== null && second - last <= silentSecondsMax) {
      for (let silent = last + 1; silent < second; silent++) this.#add(silent, this.#rows);
    }
    this.#second = second;
    this.#rows = rowsOf(now);
    this.#add(second, this.#rows);
    for (const client of [...now.producers, ...now.consumers]) this.#addConfigs(second, client);
    if (this.#count > rowsMax + trimmedAtOnce) this.#trim();
  }

  #add(second: number, rows: readonly SeriesRow[]): void {
    const sql = 'INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
    for (const { kind, name, rate, ack, ackP99, inFlight, lag, lagMs } of rows) {
      this.#file.exec(sql, second * 1000, kind, name, rate, ack, ackP99, inFlight, lag, lagMs);
    }
    this.#count += rows.length;
  }

  #addConfigs(second: number, { id, settings, effective }: ProducerView | ConsumerView): void {
    const known = this.#configs.get(id);
    if (known?.of[0] === settings && known.of[1] === effective) return;
    const body = JSON.stringify(configsOf(settings, effective));
    this.#configs.set(id, { of: [settings, effective], body });
    if (known?.body !== body)
      this.#file.exec('INSERT OR REPLACE INTO series_configs VALUES (?, ?, ?)', id, second * 1000, body);
  }

  #trim(): void {
    const sql = 'DELETE FROM series WHERE at_ms <= (SELECT at_ms FROM series ORDER BY at_ms LIMIT 1 OFFSET ?)';
    this.#file.exec(sql, trimmedAtOnce);
    this.#count = this.#file.row<{ n: number }>('SELECT count(*) AS n FROM series')?.n ?? 0;
  }
}

function rowsOf(now: LabSnapshot): SeriesRow[] {
  const ends = new Map<string, number | null>();
  for (const { topic, partition, leader, logs } of now.partitions) {
    ends.set(`${topic}-${partition}`, logs.find(({ node }) => node === leader)?.highWatermark ?? null);
  }
  return [
    ...now.producers.map((each) => producerRow(each)),
    ...now.consumers.map((each) => consumerRow(each)),
    ...now.groups.map((each) => groupRow(each, ends, now.sampledMs)),
  ];
}

function producerRow({ id, recordsPerSecond, ackMs, inFlightRequests }: ProducerView): SeriesRow {
  const ack = { ack: ackMs?.median ?? null, ackP99: ackMs?.p99 ?? null };
  return { ...nothing, kind: 'producer', name: id, rate: recordsPerSecond, ...ack, inFlight: inFlightRequests };
}

function consumerRow({ id, recordsPerSecond, partitions, fetches }: ConsumerView): SeriesRow {
  const lags = partitions.map(({ position, highWatermark }) =>
    position === null || highWatermark === null ? null : Math.max(0, highWatermark - position),
  );
  return {
    ...nothing,
    kind: 'consumer',
    name: id,
    rate: recordsPerSecond,
    inFlight: fetches.inFlight,
    lag: sumOf(lags),
  };
}

function groupRow({ id, offsets }: GroupView, ends: ReadonlyMap<string, number | null>, nowMs: number): SeriesRow {
  const behind = offsets.map(({ topic, partition, offset, passedMs }) => {
    const end = ends.get(`${topic}-${partition}`) ?? null;
    const lag = end === null ? null : Math.max(0, end - offset);
    return { lag, lagMs: lagMsOf(passedMs, lag, nowMs) };
  });
  const ages = behind.map(({ lagMs }) => lagMs).filter((lagMs) => lagMs !== null);
  // One whose age nobody knows may be the oldest.
  const lagMs = ages.length === behind.length && ages.length > 0 ? Math.max(...ages) : null;
  return { ...nothing, kind: 'group', name: id, lag: sumOf(behind.map(({ lag }) => lag)), lagMs };
}

/** Null when none is known. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Settings by name, effective configs by Kafka's. */
function configsOf(
  { configs, ...own }: ProducerView['settings'] | ConsumerView['settings'],
  effective: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = Object.entries(own).flatMap(([name, value]): [string, string][] => {
    if (value === null) return [];
    return [
      [
        name,
        Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value),
      ],
    ];
  });
  return { ...Object.fromEntries(named), ...configs, ...effective };
}

interface Summed extends SeriesRow {
  readonly step: number;
}

const averages = `
  SELECT at_ms / CAST(:step AS INTEGER) AS step, kind, name, avg(rate) AS rate, avg(ack) AS ack, max(ack_p99) AS ackP99,
    avg(in_flight) AS inFlight, avg(lag) AS lag, max(lag_ms) AS lagMs
  FROM series WHERE at_ms >= :from AND at_ms < :to GROUP BY 1, 2, 3`;

/** Averages of each step; the worst of `ackP99Ms` and `lagMs`. */
export function clientSeriesOf(
  file: JournalFile,
  { fromMs, toMs, buckets, clients, groups }: QueryInput<'series'>,
): LabSeries {
  const untilMs = Math.max(fromMs, toMs);
  const step = stepSeconds(untilMs - fromMs, buckets);
  const first = Math.floor(fromMs / 1000 / step);
  const end = Math.min(first + buckets, Math.floor(untilMs / 1000 / step) + 1);
  const exists = file.row("SELECT 1 FROM sqlite_master WHERE name = 'series'") !== null;
  const rows = exists
    ? file.rows<Summed>(averages, { step: step * 1000, from: first * step * 1000, to: end * step * 1000 })
    : [];
  const wanted = rows.filter(({ kind, name }) => {
    const among = kind === 'group' ? groups : clients;
    return among === undefined ? (kind === 'group' ? clients : groups) === undefined : among.includes(name);
  });
  const byName = Map.groupBy(wanted, ({ kind, name }) => `${kind} ${name}`);
  const all = [...byName.values()].map((points) => seriesOf(points, first, end - first));
  return {
    fromMs: first * step * 1000,
    toMs: untilMs,
    stepMs: step * 1000,
    clients: all.flatMap(({ kind, name, lagMs: _lagMs, ...points }): ClientSeries[] =>
      kind === 'group' ? [] : [{ client: name, kind, ...points, configs: configsAt(file, name, untilMs) }],
    ),
    groups: all.flatMap(({ kind, name, lag, lagMs }): GroupSeries[] =>
      kind === 'group' ? [{ group: name, lag, lagMs }] : [],
    ),
  };
}

function seriesOf(points: readonly Summed[], first: number, steps: number) {
  const { kind, name } = points[0] ?? { kind: 'group' as const, name: '' };
  const byStep = new Map(points.map((point) => [point.step - first, point]));
  const column = (of: keyof typeof nothing) =>
    Array.from({ length: steps }, (_, i) => rounded(byStep.get(i)?.[of] ?? null));
  return {
    kind,
    name,
    recordsPerSecond: column('rate'),
    ackMs: column('ack'),
    ackP99Ms: column('ackP99'),
    inFlight: column('inFlight'),
    lag: column('lag'),
    lagMs: column('lagMs'),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

function configsAt(file: JournalFile, client: string, atMs: number): Readonly<Record<string, string>> {
  const sql = 'SELECT body FROM series_configs WHERE name = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1';
  const row = file.row<{ body: string }>(sql, client, atMs);
  return row === null ? {} : (JSON.parse(row.body) as Record<string, string>);
}
