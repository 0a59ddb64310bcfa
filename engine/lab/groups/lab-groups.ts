/**
 * Consumer groups as their coordinators tell them, and the story of each rebalance. Folds the samples and telemetry of
 * brokers with what lab clients say of their callbacks. Pure: every input carries its time.
 *
 * Leaves to others: one group's picture (`group-fold`), a rebalance (`rebalance-story`), its gap (`gaps`), who consumed
 * what (`ownership`), labels (`member-labels`).
 */
import type { GroupId, NodeId, TimestampMs } from '../../base/ids.ts';
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type { ConsumerView } from '../../contract/clients.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { GroupView, RebalanceView } from '../../contract/groups.ts';
import type { NodeSample } from '../../node/sample.ts';
import { GroupFold } from './group-fold.ts';
import { LabConsumers, type ConsumedChange } from './lab-consumers.ts';
import { LogEnds } from './log-ends.ts';
import { letterFor } from './member-labels.ts';

/** Changes that wait for their member's name; a consumer that never joins leaves no more than these. */
const earlyMax = 200;

export class LabGroups {
  readonly #folds = new Map<GroupId, GroupFold>();
  readonly #letters = new Map<GroupId, string>();
  readonly #consumers = new LabConsumers();
  readonly #ends = new LogEnds();
  /** What frozen consumers had. */
  readonly #frozen = new Map<string, readonly string[]>();
  /** Changes of consumers whose member the coordinator has not told of yet. */
  #early: ConsumedChange[] = [];
  #groups: readonly GroupView[] = [];

  /** One that did not change is the same object as before. In the order of their ids. */
  get groups(): readonly GroupView[] {
    const views = [...this.#folds.values()].map(({ view }) => view).filter((view) => view !== null);
    const same = views.length === this.#groups.length && views.every((view) => this.#groups.includes(view));
    if (!same) this.#groups = views.sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
    return this.#groups;
  }

  /** After the events that came with it. Lines for the event log, of rebalances that are over. */
  applySample({ nodeId, atMs, groups, groupsGone, replicas }: NodeSample): readonly LabEventDraft[] {
    for (const { topic, partition, role, highWatermark } of replicas) {
      if (role === 'leader') this.#ends.heard(topic, partition, highWatermark, atMs);
    }
    for (const group of groupsGone) this.#folds.delete(group);
    for (const sample of groups) this.#fold(sample.id).applySample(sample, atMs, nodeId);
    for (const fold of this.#folds.values()) fold.checkPassed();
    this.#retryEarly();
    return this.#lines(atMs);
  }

  applyEvent(node: NodeId, atMs: TimestampMs, event: TelemetryEvent): void {
    switch (event.type) {
      case 'group-state':
        return this.#fold(event.group).applyState(event, atMs, node);
      case 'group-member':
        return this.#fold(event.group).applyMember(event, atMs);
      case 'group-request':
        // A stranger's request may name a group that never comes to be.
        return this.#folds.has(event.group) || event.api === 'JoinGroup'
          ? this.#fold(event.group).applyRequest(event, atMs, node)
          : undefined;
      case 'group-assignment':
        return this.#fold(event.group).applyAssignments(event.generation, event.protocol, event.assignments);
      default:
        return;
    }
  }

  applyConsumers(consumers: readonly ConsumerView[]): void {
    const changes = this.#consumers.apply(consumers);
    this.#early.push(...changes);
    this.#retryEarly();
  }

  /** A broker is gone: what it coordinated keeps its last values, and what was asked of it is not answered any more. */
  brokerGone(node: NodeId): void {
    for (const fold of this.#folds.values()) fold.brokerGone(node);
  }

  /** Newest first. */
  rebalances(group: GroupId, limit: number): readonly RebalanceView[] {
    return this.#folds.get(group)?.rebalances(limit) ?? [];
  }

  #fold(id: GroupId): GroupFold {
    const known = this.#folds.get(id);
    if (known !== undefined) return known;
    const fold = new GroupFold(id, this.#letter(id), this.#consumers, this.#ends);
    this.#folds.set(id, fold);
    return fold;
  }

  /** The lab's own first group has `c`, or the first of all where the lab has none. */
  #letter(id: GroupId): string {
    const known = this.#letters.get(id);
    if (known !== undefined) return known;
    const letter = letterFor(id, id === (this.#consumers.firstGroup ?? id), new Set(this.#letters.values()));
    this.#letters.set(id, letter);
    return letter;
  }

  /** A consumer may tell of its callbacks before the coordinator's telemetry names its member. */
  #retryEarly(): void {
    if (this.#early.length === 0) return;
    const early = this.#early;
    this.#early = early.filter((change) => !this.#consume(change)).slice(-earlyMax);
  }

  /** False when the member is not known yet. */
  #consume({ group, client, atMs, now, isStatic, partitions }: ConsumedChange): boolean {
    const fold = this.#folds.get(group);
    const label = fold?.labelOfClient(client) ?? null;
    if (fold === undefined || label === null) return false;
    fold.touch();
    const { ownership, restarts } = fold;
    if (now === 'has') restarts.back(client, isStatic, atMs);
    else if (now === 'has-not') restarts.letGo(client, atMs);
    else if (now === 'gone') restarts.gone(client, isStatic, atMs);
    if (now === 'has') for (const partition of partitions) ownership.hold(label, partition, atMs);
    else if (now === 'has-not') this.#giveUp(fold, client, label, partitions, atMs);
    else if (now === 'thawed') this.#thaw(fold, client, label, atMs);
    else {
      const had = ownership.releaseAll(label, atMs);
      if (now === 'frozen') this.#frozen.set(client, had);
      else this.#frozen.delete(client);
    }
    return true;
  }

  #giveUp(fold: GroupFold, client: string, label: string, partitions: readonly string[], atMs: TimestampMs): void {
    for (const partition of partitions) fold.ownership.release(label, partition, atMs);
    const left = this.#frozen.get(client)?.filter((partition) => !partitions.includes(partition));
    if (left !== undefined) this.#frozen.set(client, left);
  }

  /** It goes on with what it had, unless somebody else has it by now. */
  #thaw(fold: GroupFold, client: string, label: string, atMs: TimestampMs): void {
    for (const partition of this.#frozen.get(client) ?? []) {
      if (!fold.ownership.isHeld(partition)) fold.ownership.hold(label, partition, atMs);
    }
    this.#frozen.delete(client);
  }

  #lines(nowMs: TimestampMs): readonly LabEventDraft[] {
    return [...this.#folds.values()].flatMap((fold) => fold.takeLines(nowMs));
  }
}
