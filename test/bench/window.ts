/**
 * `npm run bench -- --window`: the real window in Chromium on a wide lab: 200 partitions x 3, 20 lab clients, 5,000 events
 * a second. What the lab itself has of events less than that is made up by lines of its own that come again (`busy-host`).
 * Lab and browser share the machine. Three brokers and 1,000 records a second are what two cores bear beside a browser;
 * with more of them give more. `--record`, then `--play` measures the window alone, on what a real lab published.
 *
 *     --seconds N       of each measurement, 20
 *     --minutes N       then the heap for so long, a value every half minute
 *     --brokers N, --partitions N, --clients N (of each kind), --events N, --records N
 *     --renderer DIR    a built window, out/renderer
 *     --profile         what took the page's time
 *     --record FILE     no window: what the lab publishes in 4 times --seconds, to a file
 *     --play FILE       the window on what such a file has, without a lab beside it
 */
import { join } from 'node:path';
import type { Page } from 'playwright';
import type { LabHost } from '../../engine/contract/host.ts';
import { startBrowserHost } from '../../engine/lab/browser-host.ts';
import { launchBrowser } from '../e2e/browser.ts';
import { root } from '../interop/lab-process.ts';
import { cpuSeconds, pause, print } from './measure.ts';
import { BusyHost } from './busy-host.ts';
import { playLab, record } from './played-lab.ts';
import { startWideLab, type WideLab } from './wide-lab.ts';
import {
  heapBytes,
  installProbe,
  profile,
  readProbe,
  restartProbe,
  scroll,
  workMeter,
  type PageWork,
  type Probed,
} from './window-probe.ts';

export interface WindowBenchOptions {
  readonly seconds: number;
  readonly minutes: number;
  readonly brokers: number;
  readonly partitions: number;
  /** Producers, and as many consumers. */
  readonly clients: number;
  readonly records: number;
  readonly events: number;
  readonly renderer: string | null;
  readonly profile: boolean;
  readonly record: string | null;
  readonly play: string | null;
}

const openings = 3;
/** Each frame. */
const scrollPixels = 12;
const profileLines = 30;
const warmUpMs = 3000;
const firstTickLimitMs = 10_000;
const megabyte = 1024 ** 2;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const ms = (value: number | null): string => (value === null ? 'never' : `${value.toFixed(0)} ms`);

async function opened(page: Page, url: string): Promise<Probed> {
  await page.goto(url);
  const untilMs = performance.now() + firstTickLimitMs;
  for (;;) {
    const probed = await readProbe(page);
    if (probed.firstTickMs !== null || performance.now() > untilMs) return probed;
    await pause(50);
  }
}

async function measureFrames(
  name: string,
  page: Page,
  host: BusyHost,
  work: () => Promise<PageWork>,
  seconds: number,
  act: () => Promise<void>,
): Promise<void> {
  await act();
  await pause(warmUpMs);
  const worked = await work();
  const before = { ...host.sent, cpu: cpuSeconds(process.pid), atMs: performance.now() };
  await restartProbe(page);
  await pause(seconds * 1000);
  const { frameMs, longTaskMs, rows } = await readProbe(page);
  const { allS, scriptS, layoutS } = await work();
  const tookS = (performance.now() - before.atMs) / 1000;
  const rate = (count: number): string => (count / tookS).toFixed(0);
  const share = (now: number, was: number): string => `${(((now - was) / tookS) * 100).toFixed(0)} %`;
  const longest = longTaskMs.length === 0 ? '' : `, longest ${Math.max(...longTaskMs).toFixed(0)} ms`;
  print(
    `${name.padEnd(26)} ${rate(frameMs.length).padStart(3)} frames/s, median ${percentile(frameMs, 0.5).toFixed(1)} ms, ` +
      `p95 ${percentile(frameMs, 0.95).toFixed(1)} ms, p99 ${percentile(frameMs, 0.99).toFixed(1)} ms; ` +
      `long tasks ${longTaskMs.length}${longest}; ${rows} rows; ` +
      `page's cpu ${share(allS, worked.allS)} (scripts ${share(scriptS, worked.scriptS)}, layout ${share(layoutS, worked.layoutS)}); ` +
      `${rate(host.sent.deltas - before.deltas)} deltas/s with ${rate(host.sent.events - before.events)} events/s ` +
      `(${rate(host.sent.replayed - before.replayed)} of them again); lab's cpu ${(cpuSeconds(process.pid) - before.cpu).toFixed(1)} s`,
  );
}

/** Opens the topic's rows, which are folded where there are many. */
async function unfold(page: Page): Promise<void> {
  const folded = page.locator('[role="gridcell"][aria-expanded="false"]').first();
  if ((await folded.count()) > 0) await folded.dispatchEvent('click');
}

async function watchHeap(page: Page, minutes: number): Promise<void> {
  const values: number[] = [];
  for (let half = 0; half <= minutes * 2; half++) {
    if (half > 0) await pause(30_000);
    values.push((await heapBytes(page)) / megabyte);
    print(`heap after ${(half / 2).toFixed(1)} min: ${values.at(-1)!.toFixed(1)} MB`);
  }
  const third = Math.max(1, Math.floor(values.length / 3));
  const mean = (part: readonly number[]): number => part.reduce((sum, each) => sum + each, 0) / part.length;
  const growth = mean(values.slice(-third)) - mean(values.slice(0, third));
  print(`heap of the last third less that of the first: ${growth.toFixed(1)} MB`);
}

function startSource({ brokers, partitions, clients, records, play }: WindowBenchOptions): Promise<WideLab> {
  if (play !== null) return playLab(play);
  print(`starting ${brokers} brokers, ${partitions} partitions x 3, ${clients} producers, ${clients} consumers ...`);
  return startWideLab({ brokers, partitions, producers: clients, consumers: clients, recordsPerSecond: records });
}

export async function benchWindow(options: WindowBenchOptions): Promise<void> {
  const source = await startSource(options);
  try {
    if (options.record !== null) await record(source.lab, options.record, 4 * options.seconds);
    else await measureWindow(options, source.lab);
  } finally {
    await source.stop();
  }
}

async function measureWindow(options: WindowBenchOptions, lab: LabHost): Promise<void> {
  const { seconds } = options;
  const host = new BusyHost(lab, options.events);
  const door = await startBrowserHost({ host, port: 0, rendererDir: options.renderer ?? join(root, 'out/renderer') });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    for (let opening = 1; opening <= openings; opening++) {
      const page = await context.newPage();
      await installProbe(page);
      const { firstPaintMs, firstTickMs } = await opened(page, door.url);
      print(`opening ${opening}: first contentful paint ${ms(firstPaintMs)}, offsets tick after ${ms(firstTickMs)}`);
      if (opening < openings) await page.close();
    }
    const page = context.pages().at(-1)!;
    const work = await workMeter(page);
    await measureFrames('folded', page, host, work, seconds, async () => {});
    await measureFrames('unfolded', page, host, work, seconds, () => unfold(page));
    await measureFrames('unfolded and scrolling', page, host, work, seconds, () => scroll(page, scrollPixels));
    if (options.profile) await printProfile(page, seconds);
    print(`heap: ${((await heapBytes(page)) / megabyte).toFixed(1)} MB`);
    if (options.minutes > 0) await watchHeap(page, options.minutes);
  } finally {
    await browser.close();
    await door.close();
  }
}

async function printProfile(page: Page, seconds: number): Promise<void> {
  for (const [name, msPerSecond] of await profile(page, seconds, profileLines)) {
    print(`${msPerSecond.toFixed(1).padStart(7)} ms/s  ${name}`);
  }
}
