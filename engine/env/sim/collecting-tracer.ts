/** Keeps what a simulated node told, newest last, up to a limit (the oldest half goes first). */
import type { LogLevel, TelemetryEvent } from '../../base/telemetry.ts';
import type { Tracer } from '../tracer.ts';

export interface TracedEvent {
  /** Virtual milliseconds since the world began. */
  readonly atMs: number;
  readonly event: TelemetryEvent;
}

const keptMax = 20_000;

export class CollectingTracer implements Tracer {
  readonly enabled = true;
  /** Called for each event as it comes. */
  onEvent: ((traced: TracedEvent) => void) | null = null;
  #events: TracedEvent[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get events(): readonly TracedEvent[] {
    return this.#events;
  }

  emit(event: TelemetryEvent): void {
    if (this.#events.length >= keptMax) this.#events = this.#events.slice(keptMax / 2);
    const traced = { atMs: this.#nowMs(), event };
    this.#events.push(traced);
    this.onEvent?.(traced);
  }

  log(level: LogLevel, component: string, message: string): void {
    this.emit({ type: 'log', level, component, message });
  }

  /** Events of one type, oldest first. */
  ofType<Type extends TelemetryEvent['type']>(type: Type): Extract<TelemetryEvent, { type: Type }>[] {
    const found: Extract<TelemetryEvent, { type: Type }>[] = [];
    for (const { event } of this.#events) if (isOfType(event, type)) found.push(event);
    return found;
  }

  /** `12.5 WARN [component] message`, one a line. */
  logLines(): string[] {
    const lines: string[] = [];
    for (const { atMs, event } of this.#events) {
      if (event.type !== 'log') continue;
      lines.push(`${atMs.toFixed(1)} ${event.level.toUpperCase()} [${event.component}] ${event.message}`);
    }
    return lines;
  }
}

function isOfType<Type extends TelemetryEvent['type']>(
  event: TelemetryEvent,
  type: Type,
): event is Extract<TelemetryEvent, { type: Type }> {
  return event.type === type;
}
