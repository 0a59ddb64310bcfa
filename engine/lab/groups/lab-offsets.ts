/**
 * Committed offsets of groups as people change them: previews, resets, deletions. Over the wire like anybody: the coordinator
 * is asked, and it refuses while the group has members. A reset that may close the lab's own consumers does so first, takes
 * what is left of them out of the group (static members, killed ones whose session still runs), writes, and starts them again.
 *
 * Leaves to others: which offset a partition gets (`offset-reset`), the requests (`GroupAdmin`), the past (`journal/`).
 */
import type { GroupId, Offset, PartitionIndex, TopicName, TopicPartition } from '../../base/ids.ts';
import { brokerError, type ClusterClient, GroupAdmin, type GroupDescription, KafkaError } from '../../client/index.ts';
import type { ClientName } from '../../contract/clients.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { GroupState, GroupView } from '../../contract/groups.ts';
import type { OffsetChange, OffsetPreview, ResetTarget } from '../../contract/offsets.ts';
import type { QueryInput, QueryResult } from '../../contract/queries.ts';
import type { Clock } from '../../env/index.ts';
import { NodeClock } from '../../env/node/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { refused } from '../outcome.ts';
import type { PartitionReader } from '../topics/partition-reader.ts';
import { planReset, targetWords, type PartitionFacts } from './offset-reset.ts';

export type OffsetCommand = Extract<LabCommand, { type: 'resetOffsets' | 'deleteOffsets' | 'deleteGroup' }>;

export interface LabOffsetsOptions {
  /** Null when no broker runs. */
  line(): { readonly cluster: ClusterClient; readonly reader: PartitionReader } | null;
  /** Lab time. */
  readonly clock: Pick<Clock, 'now' | 'precise'>;
  /** As the coordinators tell them. */
  groups(): readonly GroupView[];
  /** The lab's consumers of a group. */
  consumersOf(group: GroupId): readonly { readonly id: ClientName; readonly topics: readonly TopicName[] }[];
  /** Closes those that run; what it gives starts them again. */
  closeConsumers(group: GroupId): Promise<() => void>;
  /** What the groups had committed at a moment, from the journal. */
  groupsAt(atMs: number): Promise<QueryResult<readonly GroupView[]>>;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

type Scope = Pick<QueryInput<'previewOffsets'>, 'group' | 'to' | 'topics' | 'partitions'>;
type Refusal = ReturnType<typeof refused>;

/** What a person waits for at the most. */
const limitMs = 15_000;
const requestLimitMs = 8_000;
/** How long a group may take to be empty once its members have left. */
const emptyLimitMs = 5_000;
const emptyPollMs = 50;

export class LabOffsets {
  readonly #options: LabOffsetsOptions;
  /** People wait in their own time. */
  readonly #patience = new NodeClock();

  constructor(options: LabOffsetsOptions) {
    this.#options = options;
  }

  previewOffsets(input: QueryInput<'previewOffsets'>): Promise<QueryResult<OffsetPreview>> {
    return this.#with(input.group, async (admin) => {
      const { state, members } = await admin.describe(input.group);
      const partitions = await this.#plan(admin, input);
      if ('ok' in partitions) return partitions;
      const { group } = input;
      return { ok: true, value: { group, state: state as GroupState, ...this.#whoIn(group, members), partitions } };
    });
  }

  execute(command: OffsetCommand): Promise<CommandResult> {
    return this.#with<CommandResult>(command.group, async (admin) => {
      switch (command.type) {
        case 'resetOffsets':
          return this.#reset(admin, command);
        case 'deleteOffsets':
          await admin.deleteOffsets(command.group, command.partitions);
          this.#tell('offsets-deleted', command.group, { partitions: namesOf(command.partitions) });
          return done;
        case 'deleteGroup':
          await admin.deleteGroup(command.group);
          this.#tell('group-deleted', command.group, {});
          return done;
      }
    });
  }

  async #reset(admin: GroupAdmin, command: Extract<OffsetCommand, { type: 'resetOffsets' }>): Promise<CommandResult> {
    const { group, restartConsumers } = command;
    const { state, members } = await admin.describe(group);
    const { labMembers, strangers } = this.#whoIn(group, members);
    const inTheWay = [...strangers, ...(restartConsumers ? [] : labMembers)];
    if (inTheWay.length > 0) {
      const hint = `Kafka resets offsets of groups without members alone. It has ${inTheWay.join(', ')}.`;
      return refused('NON_EMPTY_GROUP', 'group', `${group} (${state})`, hint);
    }
    const startAgain = restartConsumers ? await this.#options.closeConsumers(group) : () => {};
    try {
      if (restartConsumers) await this.#empty(admin, group);
      const plan = await this.#plan(admin, command);
      if ('ok' in plan) return plan;
      return (await this.#write(admin, command, plan)) ?? done;
    } finally {
      startAgain();
    }
  }

  /** Null: it is done. */
  async #write(admin: GroupAdmin, { group, to }: Scope, plan: readonly OffsetChange[]): Promise<Refusal | null> {
    const unknown = to.by === 'offsets' ? undefined : plan.find(({ now }) => now === null);
    if (unknown !== undefined) {
      const name = `${unknown.topic}-${unknown.partition}`;
      if (unknown.note === 'nothing-committed') {
        const hint = 'There is no committed offset to count from; choose another target, or other partitions.';
        return refused('invalid', 'partition', name, hint);
      }
      // To the moment's: nothing was committed then, nothing is now.
      if (unknown.note !== 'nothing-then') {
        return refused('LEADER_NOT_AVAILABLE', 'partition', name, 'Its leader did not tell where the log ends.');
      }
    }
    const changed = plan.filter(({ was, now }) => was !== now);
    await admin.alterOffsets(
      group,
      changed.flatMap(({ topic, partition, now }) => (now === null ? [] : [{ topic, partition, offset: now }])),
    );
    await admin.deleteOffsets(
      group,
      changed.filter(({ now }) => now === null),
    );
    const records = changed.reduce((sum, { was, now }) => sum + (was === null || now === null ? 0 : now - was), 0);
    this.#tell('offsets-reset', group, { to: targetWords(to), partitions: changed.length, records });
    return null;
  }

  /** What closed consumers left behind goes now, not when its session ends. */
  async #empty(admin: GroupAdmin, group: GroupId): Promise<void> {
    const clock = this.#patience;
    const untilMs = clock.monotonic() + emptyLimitMs;
    for (;;) {
      const { members } = await admin.describe(group);
      if (members.length === 0) return;
      const { strangers } = this.#whoIn(group, members);
      if (strangers.length > 0 || clock.monotonic() >= untilMs) throw brokerError(ErrorCode.NON_EMPTY_GROUP);
      await admin.removeMembers(group, members);
      await new Promise<void>((resolve) => clock.after(emptyPollMs, resolve));
    }
  }

  #whoIn(group: GroupId, members: GroupDescription['members']): Pick<OffsetPreview, 'labMembers' | 'strangers'> {
    const own = new Set(this.#options.consumersOf(group).map(({ id }) => id));
    const ids = [...new Set(members.map(({ clientId }) => clientId))];
    return { labMembers: ids.filter((id) => own.has(id)), strangers: ids.filter((id) => !own.has(id)) };
  }

  async #plan(admin: GroupAdmin, scope: Scope): Promise<readonly OffsetChange[] | Refusal> {
    const { group, to } = scope;
    const committed = new Map(
      (await admin.offsets(group)).map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]),
    );
    const then = await this.#committedThen(group, to);
    if ('ok' in then) return then;
    const wanted = await this.#wanted(scope, await admin.offsets(group));
    if (wanted.length === 0) {
      const hint = 'It has no committed offsets and no members; name topics or partitions.';
      return refused('invalid', 'group', group, hint);
    }
    const facts = await Promise.all(
      wanted.map(async ({ topic, partition }): Promise<PartitionFacts> => {
        const name = `${topic}-${partition}`;
        const found = then.get(name) ?? (await this.#offsetForTime(to, topic, partition));
        const bounds = await this.#bounds(topic, partition);
        return { topic, partition, was: committed.get(name) ?? null, found, ...bounds };
      }),
    );
    return planReset(to, facts);
  }

  async #bounds(
    topic: TopicName,
    partition: PartitionIndex,
  ): Promise<Pick<PartitionFacts, 'logStartOffset' | 'highWatermark'>> {
    try {
      return (await this.#options.line()?.reader.bounds(topic, partition)) ?? noBounds;
    } catch (error) {
      if (error instanceof KafkaError && error.retriable && error.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
        return noBounds;
      }
      throw error;
    }
  }

  async #offsetForTime(to: ResetTarget, topic: TopicName, partition: PartitionIndex): Promise<Offset | null> {
    if (to.by !== 'time' && to.by !== 'duration') return null;
    const atMs = to.by === 'time' ? to.timestampMs : this.#options.clock.now() - to.durationMs;
    return (await this.#options.line()?.reader.offsetForTime(topic, partition, Math.max(0, atMs))) ?? null;
  }

  /** Empty for targets that need none. */
  async #committedThen(group: GroupId, to: ResetTarget): Promise<ReadonlyMap<string, Offset> | Refusal> {
    if (to.by !== 'moment') return new Map();
    const answer = await this.#options.groupsAt(to.atMs);
    if (!answer.ok) return answer;
    const offsets = answer.value.find(({ id }) => id === group)?.offsets ?? [];
    return new Map(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
  }

  async #wanted(
    { group, to, topics, partitions }: Scope,
    committed: readonly TopicPartition[],
  ): Promise<readonly TopicPartition[]> {
    if (to.by === 'offsets') return to.offsets.map(({ topic, partition }) => ({ topic, partition }));
    if (partitions !== undefined) return partitions;
    const known = this.#options.groups().find(({ id }) => id === group)?.topics ?? [];
    const subscribed = this.#options.consumersOf(group).flatMap((each) => each.topics);
    const all = new Set(topics ?? [...known, ...subscribed, ...committed.map(({ topic }) => topic)]);
    const reader = this.#options.line()?.reader;
    const found = await Promise.all(
      [...all].map(async (topic) =>
        ((await reader?.partitionsOf(topic)) ?? []).map((partition) => ({ topic, partition })),
      ),
    );
    return found.flat();
  }

  #tell(
    kind: 'offsets-reset' | 'offsets-deleted' | 'group-deleted',
    group: GroupId,
    args: Readonly<Record<string, string | number>>,
  ): void {
    const source =
      kind === 'offsets-reset' ? 'OffsetCommit' : kind === 'offsets-deleted' ? 'OffsetDelete' : 'DeleteGroups';
    const atMs = Math.floor(this.#options.clock.precise());
    const draft = { actor: 'you', node: null, kind, source, change: null, metric: null, tone: 'notice' } as const;
    this.#options.onEvents([{ ...draft, atMs, args: { group, ...args } }]);
  }

  async #with<T>(group: GroupId, run: (admin: GroupAdmin) => Promise<T>): Promise<T | Refusal> {
    const line = this.#options.line();
    if (line === null) return refused('BROKER_NOT_AVAILABLE', 'lab', 'no broker runs', 'Start a broker first.');
    const admin = new GroupAdmin({
      cluster: line.cluster,
      clock: this.#patience,
      apiTimeoutMs: limitMs,
      requestTimeoutMs: requestLimitMs,
    });
    try {
      return await run(admin);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return refused(error.code, 'group', group, hints[error.code] ?? error.message);
    }
  }
}

const done: CommandResult = { ok: true, node: null };
const noBounds = { logStartOffset: null, highWatermark: null } as const;

const hints: Readonly<Record<string, string>> = {
  NON_EMPTY_GROUP: 'It has members; close them first.',
  UNKNOWN_MEMBER_ID: 'It has members; close them first.',
  GROUP_SUBSCRIBED_TO_TOPIC: 'A member subscribes the topic; close it first.',
  GROUP_ID_NOT_FOUND: 'There is no such group.',
};

function namesOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ');
}
