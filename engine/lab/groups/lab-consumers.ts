/** What the lab's own consumers say of themselves, as the groups need it: who they are, and what is new in their callbacks. */
import type { GroupId, TimestampMs, TopicName } from '../../base/ids.ts';
import type { CallbackView, ClientName, ConsumerView } from '../../contract/clients.ts';

/** A change of what a lab consumer consumes, by `orders-0`. */
export interface ConsumedChange {
  readonly group: GroupId;
  readonly client: ClientName;
  readonly atMs: TimestampMs;
  readonly now: 'has' | 'has-not' | 'frozen' | 'thawed' | 'gone';
  /** It has a `group.instance.id`. */
  readonly isStatic: boolean;
  /** Empty for all that it has. */
  readonly partitions: readonly string[];
}

const gone = new Set(['stopped', 'killed', 'failed']);

export class LabConsumers {
  #views: ReadonlyMap<ClientName, ConsumerView> = new Map();

  /** The lab client that a member of the group is; null for a stranger's. */
  clientOf(group: GroupId, clientId: string): ClientName | null {
    return this.#views.get(clientId)?.settings.group === group ? clientId : null;
  }

  /** Whether it cannot send heartbeats. */
  isGone(client: ClientName): boolean {
    const state = this.#views.get(client)?.state;
    return state === undefined || state === 'frozen' || gone.has(state);
  }

  /** That of the first consumer of the lab; null when it has none. */
  get firstGroup(): GroupId | null {
    const [first] = this.#views.values();
    return first?.settings.group ?? null;
  }

  topicsOf(group: GroupId): readonly TopicName[] {
    return [...this.#views.values()]
      .filter(({ settings }) => settings.group === group)
      .flatMap((each) => each.settings.topics);
  }

  /** What changed since the views before, oldest first. */
  apply(views: readonly ConsumerView[]): readonly ConsumedChange[] {
    const changes: ConsumedChange[] = [];
    const before = this.#views;
    this.#views = new Map(views.map((view) => [view.id, view]));
    for (const view of views) {
      const was = before.get(view.id);
      if (was !== view) changes.push(...changesOf(was, view));
    }
    for (const was of before.values()) {
      if (!this.#views.has(was.id) && !gone.has(was.state)) {
        changes.push(change(was, 'gone', was.sampledMs ?? was.stateSinceMs));
      }
    }
    return changes.sort((a, b) => a.atMs - b.atMs);
  }
}

function changesOf(was: ConsumerView | undefined, now: ConsumerView): ConsumedChange[] {
  const changes = newCallbacks(was?.callbacks ?? [], now.callbacks).map(({ callback, partitions, atMs }) =>
    change(now, callback === 'onPartitionsAssigned' ? 'has' : 'has-not', atMs, partitions),
  );
  const named = changes.filter(({ partitions }) => partitions.length > 0);
  if (isAnotherRun(was, now)) return [change(now, 'gone', now.stateSinceMs), ...named];
  if (was?.state === now.state) return named;
  if (gone.has(now.state)) named.push(change(now, 'gone', now.stateSinceMs));
  else if (now.state === 'frozen') named.push(change(now, 'frozen', now.stateSinceMs));
  else if (was?.state === 'frozen') named.push(change(now, 'thawed', now.stateSinceMs));
  return named;
}

/** It ended and began again between two views: what its end took from it may have gone untold. */
function isAnotherRun(was: ConsumerView | undefined, now: ConsumerView): boolean {
  return was !== undefined && !gone.has(was.state) && was.state !== 'starting' && now.state === 'starting';
}

function change(
  { id, settings }: ConsumerView,
  now: ConsumedChange['now'],
  atMs: TimestampMs,
  partitions: readonly string[] = [],
): ConsumedChange {
  return { group: settings.group, client: id, atMs, now, isStatic: settings.instanceId !== null, partitions };
}

/** Views hold the newest ones; those that were told before are left out. */
function newCallbacks(was: readonly CallbackView[], now: readonly CallbackView[]): readonly CallbackView[] {
  if (was === now) return [];
  const key = ({ atMs, callback, partitions }: CallbackView): string => `${atMs} ${callback} ${partitions.join()}`;
  const known = new Set(was.map(key));
  return now.filter((each) => !known.has(key(each)));
}
