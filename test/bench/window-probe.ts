/** What a page measures of itself (`window-probe.page.js`), and what Chromium's own tools say about it. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';

export interface Probed {
  /** Milliseconds since the page was opened; null when it did not happen. */
  readonly firstPaintMs: number | null;
  readonly firstTickMs: number | null;
  /** Between one animation frame and the next, since `restart`. */
  readonly frameMs: readonly number[];
  /** Of tasks above 50 ms, since `restart`. */
  readonly longTaskMs: readonly number[];
  readonly rows: number;
}

const script = fileURLToPath(new URL('window-probe.page.js', import.meta.url));

export function installProbe(page: Page): Promise<unknown> {
  return page.addInitScript({ path: script });
}

/** Forgets frames and long tasks so far. */
export async function restartProbe(page: Page): Promise<void> {
  await page.evaluate('windowProbe.restart()');
}

export function readProbe(page: Page): Promise<Probed> {
  return page.evaluate<Probed>('windowProbe.read()');
}

/** Scrolls the grid down and up from now on. */
export async function scroll(page: Page, pixelsPerFrame: number): Promise<void> {
  await page.evaluate(`windowProbe.scroll(${pixelsPerFrame})`);
}

/** Bytes of the page's JavaScript heap that are in use, after a collection. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

export interface PageWork {
  /** Processor time of the page's main thread: everything, scripts, styles with layout. Seconds. */
  readonly allS: number;
  readonly scriptS: number;
  readonly layoutS: number;
}

/** Counts the main thread's processor time from the first call on: what other programs take does not show in it. */
export async function workMeter(page: Page): Promise<() => Promise<PageWork>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return {
      allS: of('TaskDuration'),
      scriptS: of('ScriptDuration'),
      layoutS: of('LayoutDuration') + of('RecalcStyleDuration'),
    };
  };
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** Self time of the functions that took most of the profiled time, in ms a second. */
export async function profile(
  page: Page,
  seconds: number,
  count: number,
): Promise<readonly (readonly [string, number])[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 500 });
  await session.send('Profiler.start');
  await page.waitForTimeout(seconds * 1000);
  const { profile: taken } = await session.send('Profiler.stop');
  await session.detach();
  const byId = new Map<number, ProfileNode>(taken.nodes.map((node) => [node.id, node]));
  const selfMs = new Map<string, number>();
  const deltas = taken.timeDeltas ?? [];
  for (const [index, id] of (taken.samples ?? []).entries()) {
    const frame = byId.get(id)?.callFrame;
    const name =
      frame === undefined
        ? '?'
        : `${frame.functionName || '(anonymous)'} ${frame.url.split('/').at(-1)}:${frame.lineNumber}`;
    selfMs.set(name, (selfMs.get(name) ?? 0) + (deltas[index] ?? 0) / 1000 / seconds);
  }
  return [...selfMs].sort((a, b) => b[1] - a[1]).slice(0, count);
}
