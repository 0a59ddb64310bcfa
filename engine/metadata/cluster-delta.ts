/**
 * The part of a metadata delta that is about brokers and controllers (Kafka's `ClusterDelta`).
 *
 * Invariants: a change of a registration names the epoch of that registration; `changed` has each broker at most once,
 * with null for one that is gone.
 */
import { required, assert } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';
import type { BrokerRegistration, ClusterImage, ControllerRegistration } from './image.ts';
import type { RecordOf } from './records/index.ts';

export class ClusterDelta {
  readonly image: ClusterImage;
  readonly #changed = new Map<NodeId, BrokerRegistration | null>();
  readonly #changedControllers = new Map<NodeId, ControllerRegistration | null>();

  constructor(image: ClusterImage) {
    this.image = image;
  }

  /** Brokers that were registered or changed, as they are now; null: unregistered. */
  get changed(): ReadonlyMap<NodeId, BrokerRegistration | null> {
    return this.#changed;
  }

  get changedControllers(): ReadonlyMap<NodeId, ControllerRegistration | null> {
    return this.#changedControllers;
  }

  /** As it is now, within this delta. */
  broker(id: NodeId): BrokerRegistration | null {
    const changed = this.#changed.get(id);
    return changed === undefined ? (this.image.brokers.get(id) ?? null) : changed;
  }

  registerBroker(record: RecordOf<'RegisterBrokerRecord'>): void {
    this.#changed.set(record.brokerId, {
      id: record.brokerId,
      epoch: record.brokerEpoch,
      incarnationId: record.incarnationId,
      endpoints: record.endPoints,
      features: record.features,
      rack: record.rack,
      fenced: record.fenced,
      inControlledShutdown: record.inControlledShutdown,
      logDirs: record.logDirs,
      cordonedLogDirs: record.cordonedLogDirs,
    });
  }

  unregisterBroker(record: RecordOf<'UnregisterBrokerRecord'>): void {
    this.#registered(record.brokerId, record.brokerEpoch);
    this.#changed.set(record.brokerId, null);
  }

  /** `fenced` is -1 for unfenced, 0 for no change, 1 for fenced; empty `logDirs` mean no change. */
  changeBroker(record: RecordOf<'BrokerRegistrationChangeRecord'>): void {
    const before = this.#registered(record.brokerId, record.brokerEpoch);
    this.#changed.set(record.brokerId, {
      ...before,
      fenced: record.fenced === 0 ? before.fenced : record.fenced > 0,
      inControlledShutdown:
        record.inControlledShutdown === 0 ? before.inControlledShutdown : record.inControlledShutdown > 0,
      logDirs: record.logDirs.length === 0 ? before.logDirs : record.logDirs,
      cordonedLogDirs: record.cordonedLogDirs ?? before.cordonedLogDirs,
    });
  }

  /** The records of before metadata.version 3.3-IV3. */
  fence(id: NodeId, epoch: number, fenced: boolean): void {
    this.#changed.set(id, { ...this.#registered(id, epoch), fenced });
  }

  registerController(record: RecordOf<'RegisterControllerRecord'>): void {
    this.#changedControllers.set(record.controllerId, {
      id: record.controllerId,
      incarnationId: record.incarnationId,
      zkMigrationReady: record.zkMigrationReady,
      endpoints: record.endPoints,
      features: record.features,
    });
  }

  forgetBroker(id: NodeId): void {
    this.#changed.set(id, null);
  }

  forgetController(id: NodeId): void {
    this.#changedControllers.set(id, null);
  }

  apply(): ClusterImage {
    if (this.#changed.size === 0 && this.#changedControllers.size === 0) return this.image;
    return {
      brokers: overlaid(this.image.brokers, this.#changed),
      controllers: overlaid(this.image.controllers, this.#changedControllers),
    };
  }

  #registered(id: NodeId, epoch: number): BrokerRegistration {
    const registration = required(this.broker(id), `registration of broker ${id}`);
    assert(
      registration.epoch === epoch,
      () => `broker ${id} is registered with epoch ${registration.epoch}, a record names ${epoch}`,
    );
    return registration;
  }
}

function overlaid<T>(base: ReadonlyMap<NodeId, T>, changes: ReadonlyMap<NodeId, T | null>): ReadonlyMap<NodeId, T> {
  if (changes.size === 0) return base;
  const result = new Map(base);
  for (const [id, value] of changes) {
    if (value === null) result.delete(id);
    else result.set(id, value);
  }
  return result;
}
