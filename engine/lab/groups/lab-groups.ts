/**
 * Consumer groups as their coordinators tell them, and the story of each rebalance. Folds the samples and telemetry of
 * brokers with what lab clients say of their callbacks.
 */
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type { ConsumerView } from '../../contract/clients.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { GroupView, RebalanceView } from '../../contract/groups.ts';
import type { NodeSample } from '../../node/sample.ts';

export class LabGroups {
  readonly #groups: readonly GroupView[] = [];

  /** One that did not change is the same object as before. In the order of their ids. */
  get groups(): readonly GroupView[] {
    return this.#groups;
  }

  applySample(_sample: NodeSample): void {}

  /** Lines for the event log that the event gives, e.g. of a rebalance that is over. */
  applyEvent(_node: number, _atMs: number, _event: TelemetryEvent): readonly LabEventDraft[] {
    return [];
  }

  applyConsumers(_consumers: readonly ConsumerView[]): void {}

  /** A broker is gone: what it coordinated keeps its last values. */
  brokerGone(_node: number): void {}

  /** Newest first. */
  rebalances(_group: string, _limit: number): readonly RebalanceView[] {
    return [];
  }
}
