import { describe, expect, it } from 'vitest';
import type { TelemetryEvent } from '../base/telemetry.ts';
import { ConsoleLog } from './console-log.ts';

function warning(message: string): TelemetryEvent {
  return { type: 'log', level: 'warn', component: 'Fetcher', message };
}

function collected(): { lines: string[]; log: ConsoleLog } {
  const lines: string[] = [];
  return { lines, log: new ConsoleLog((line) => lines.push(line)) };
}

describe('the console of a lab without a window', () => {
  it('tells every problem with its thing, value and what to do', () => {
    const { lines, log } = collected();
    const problem = {
      code: 'disk-full',
      node: 2,
      thing: 'disk',
      value: 'write /lab/broker-2/orders-0/0.log: ENOSPC',
      hint: 'Free space.',
      sinceMs: 0,
      number: null,
    } as const;
    log.problem(problem);
    log.problem(problem);
    const line = 'broker 2: disk write /lab/broker-2/orders-0/0.log: ENOSPC. Free space.';
    expect(lines).toEqual([line, line]);
  });

  it('tells a warning once in a while, whatever numbers it has, for each broker', () => {
    const { lines, log } = collected();
    log.event(1, warning('no answer after 1 ms'), 0, true);
    log.event(1, warning('no answer after 25 ms'), 1000, true);
    log.event(2, warning('no answer after 25 ms'), 1000, true);
    log.event(1, warning('no answer after 30 ms'), 3_600_000, true);
    expect(lines).toEqual([
      'broker 1: WARN Fetcher: no answer after 1 ms',
      'broker 2: WARN Fetcher: no answer after 25 ms',
      'broker 1: WARN Fetcher: no answer after 30 ms',
    ]);
  });

  it('does not tell that members miss each other while the lab starts or stops, but all else', () => {
    const { lines, log } = collected();
    log.event(1, warning('connect 127.0.0.1:9093: ECONNREFUSED'), 0, false);
    log.event(1, warning('found an orphaned file'), 0, false);
    log.event(1, warning('connect 127.0.0.1:9093: ECONNREFUSED'), 0, true);
    expect(lines).toEqual([
      'broker 1: WARN Fetcher: found an orphaned file',
      'broker 1: WARN Fetcher: connect 127.0.0.1:9093: ECONNREFUSED',
    ]);
  });

  it('names a torn tail that was cut, and nothing when a scan found all in order', () => {
    const { lines, log } = collected();
    const recovered = { type: 'log-recovered', topic: 'orders', partition: 1, from: 0, to: 40 } as const;
    log.event(3, { ...recovered, truncatedBytes: 0 }, 0, true);
    log.event(3, { ...recovered, truncatedBytes: 300 }, 0, true);
    expect(lines).toEqual(['broker 3: WARN LogLoader: orders-1 had a torn tail; cut 300 bytes, it ends at offset 40']);
  });
});
