/** Hands a node's telemetry to a sink: the worker's port, a log file, a terminal. */
import type { LogLevel, TelemetryEvent } from '../../base/telemetry.ts';
import type { Tracer } from '../tracer.ts';

export type TelemetrySink = (event: TelemetryEvent) => void;

export class NodeTracer implements Tracer {
  /** Whether events other than log lines are wanted. */
  enabled: boolean;
  readonly #sink: TelemetrySink;

  constructor(sink: TelemetrySink, enabled = true) {
    this.#sink = sink;
    this.enabled = enabled;
  }

  emit(event: TelemetryEvent): void {
    if (this.enabled || event.type === 'log') this.#sink(event);
  }

  log(level: LogLevel, component: string, message: string): void {
    this.#sink({ type: 'log', level, component, message });
  }
}
