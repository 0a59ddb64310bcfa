/** Where a node's telemetry goes. Costs nothing measurable when nobody listens: check `enabled` before building a costly event. */
import type { LogLevel, TelemetryEvent } from '../base/telemetry.ts';

export interface Tracer {
  /** False: events are dropped; `log` still works. */
  readonly enabled: boolean;
  emit(event: TelemetryEvent): void;
  /** A line of the node's log. `component` is the part that speaks, e.g. `ReplicaFetcher 2`. */
  log(level: LogLevel, component: string, message: string): void;
}

/** Drops everything; for tests that look elsewhere. */
export const silentTracer: Tracer = { enabled: false, emit() {}, log() {} };
