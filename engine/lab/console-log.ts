/**
 * What a lab without a window tells on its console: problems of brokers, and the warnings and errors of their logs, one
 * line each. A line that differs from an earlier one by its numbers alone is not told again for a while, so that a broker
 * that is down does not fill the screen with the complaints of its peers; problems are always told.
 */
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { LabProblem } from '../contract/snapshot.ts';

/** How long a line is not told again. */
const quietMs = 10 * 60_000;
/** Different lines that are remembered; beyond it all may be told again. */
const rememberedMax = 1000;

/** How the network layer says that the other side is not there. */
const unreachable = /\b(ECONNREFUSED|ECONNRESET|EPIPE|the connection was closed)\b/;

export class ConsoleLog {
  readonly #write: (line: string) => void;
  /** When a line was told last, by its text without numbers. */
  readonly #told = new Map<string, number>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  problem({ node, thing, value, hint }: LabProblem): void {
    const who = node === null ? 'lab' : `broker ${node}`;
    this.#write(thing === who ? `${who}: ${value}. ${hint}` : `${who}: ${thing} ${value}. ${hint}`);
  }

  /** `inOrder`: the lab neither starts nor stops, so members that do not reach each other are news. */
  event(node: number, event: TelemetryEvent, nowMs: number, inOrder: boolean): void {
    const line = lineOf(event);
    if (line === null || (!inOrder && unreachable.test(line))) return;
    const key = `${node} ${line.replace(/\d+/g, '')}`;
    const told = this.#told.get(key);
    if (told !== undefined && nowMs - told < quietMs) return;
    if (this.#told.size >= rememberedMax) this.#told.clear();
    this.#told.set(key, nowMs);
    this.#write(`broker ${node}: ${line}`);
  }
}

function lineOf(event: TelemetryEvent): string | null {
  if (event.type === 'log') {
    if (event.level !== 'warn' && event.level !== 'error') return null;
    return `${event.level.toUpperCase()} ${event.component}: ${event.message}`;
  }
  if (event.type === 'log-recovered' && event.truncatedBytes > 0) {
    const { topic, partition, truncatedBytes, to } = event;
    return `WARN LogLoader: ${topic}-${partition} had a torn tail; cut ${truncatedBytes} bytes, it ends at offset ${to}`;
  }
  return null;
}
