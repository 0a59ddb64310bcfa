/**
 * What the admin client (`KafkaAdminClient`) does with consumer groups: describe, list, alter and delete offsets, remove static
 * members, delete a group. Each call goes to the group's coordinator, which is looked up for it; it is tried again with the
 * backoff of `retry.backoff.ms` when the coordinator moved, loads or cannot be reached, until `default.api.timeout.ms`. Every
 * other answer rejects with a {@link KafkaError} of Kafka's name. It owns no connections.
 */
import type { DurationMs, GroupId, MemberId, Offset, TopicPartition } from '../../base/ids.ts';
import type { Clock } from '../../env/index.ts';
import {
  type Api,
  deleteGroupsApi,
  describeGroupsApi,
  ErrorCode,
  leaveGroupApi,
  offsetCommitApi,
  offsetDeleteApi,
  offsetFetchApi,
  type RequestInputOf,
  type ResponseOf,
} from '../../protocol/index.ts';
import type { ClusterClient } from '../cluster/index.ts';
import { brokerError, clientError, KafkaError } from '../kafka-error.ts';

export interface GroupAdminOptions {
  readonly cluster: Pick<ClusterClient, 'findCoordinator' | 'send' | 'requestUpdate'>;
  readonly clock: Clock;
  /** `default.api.timeout.ms`: of a whole call; 60 s when absent. */
  readonly apiTimeoutMs?: DurationMs;
  /** `request.timeout.ms`: of one attempt; 30 s when absent. */
  readonly requestTimeoutMs?: DurationMs;
  readonly retryBackoffMs?: DurationMs;
}

export interface GroupDescription {
  /** `Empty`, `Stable`, ...; `Dead` for a group that the coordinator does not know. */
  readonly state: string;
  readonly members: readonly {
    readonly memberId: MemberId;
    readonly instanceId: string | null;
    readonly clientId: string;
  }[];
}

export interface CommittedPartition extends TopicPartition {
  readonly offset: Offset;
}

/** Version 10 names topics by their ids; this client names them by their names. */
const offsetVersionMax = 9;
const backoffMsMax = 1000;
/** `JoinGroupRequest.UNKNOWN_MEMBER_ID` and `UNKNOWN_GENERATION_ID`: from outside the group. */
const nobody = { memberId: '', generationIdOrMemberEpoch: -1 };

export class GroupAdmin {
  readonly #options: GroupAdminOptions;

  constructor(options: GroupAdminOptions) {
    this.#options = options;
  }

  /** `describeConsumerGroups`. */
  async describe(group: GroupId): Promise<GroupDescription> {
    const answer = await this.#call('describeConsumerGroups', group, describeGroupsApi, { groups: [group] }, (each) => [
      each.groups[0]?.errorCode,
    ]).catch((error: unknown) => {
      // Newer versions say so of a group that is not there; older ones call it Dead.
      if (error instanceof KafkaError && error.errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return null;
      throw error;
    });
    const described = answer?.groups[0];
    if (described === undefined) return { state: 'Dead', members: [] };
    const { groupState, members } = described;
    return {
      state: groupState,
      members: members.map(({ memberId, groupInstanceId, clientId }) => ({
        memberId,
        instanceId: groupInstanceId,
        clientId,
      })),
    };
  }

  /** `listConsumerGroupOffsets`: of all partitions that have one. */
  async offsets(group: GroupId): Promise<readonly CommittedPartition[]> {
    const request = { groups: [{ groupId: group, topics: null }], requireStable: false };
    const answer = await this.#call(
      'listConsumerGroupOffsets',
      group,
      offsetFetchApi,
      request,
      (each) => [
        each.groups[0]?.errorCode,
        ...(each.groups[0]?.topics ?? []).flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
      ],
      offsetVersionMax,
    );
    return (answer.groups[0]?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0)
        .map(({ partitionIndex, committedOffset }) => ({
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
        })),
    );
  }

  /** `alterConsumerGroupOffsets`. A group with members refuses: UNKNOWN_MEMBER_ID. */
  async alterOffsets(group: GroupId, offsets: readonly CommittedPartition[]): Promise<void> {
    if (offsets.length === 0) return;
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: -1,
        committedMetadata: '',
      })),
    }));
    const request = { groupId: group, ...nobody, topics };
    await this.#call(
      'alterConsumerGroupOffsets',
      group,
      offsetCommitApi,
      request,
      (each) => each.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
      offsetVersionMax,
    );
  }

  /** `deleteConsumerGroupOffsets`. Topics that a member subscribes are refused: GROUP_SUBSCRIBED_TO_TOPIC. */
  async deleteOffsets(group: GroupId, partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition }) => ({ partitionIndex: partition })),
    }));
    await this.#call('deleteConsumerGroupOffsets', group, offsetDeleteApi, { groupId: group, topics }, (each) => [
      each.errorCode,
      ...each.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode)),
    ]);
  }

  /** `removeMembersFromConsumerGroup`: a static one by its instance id, another by its member id. One that is gone is no error. */
  async removeMembers(
    group: GroupId,
    gone: readonly { readonly memberId: MemberId; readonly instanceId: string | null }[],
  ): Promise<void> {
    if (gone.length === 0) return;
    const members = gone.map(({ memberId, instanceId }) => ({
      memberId: instanceId === null ? memberId : '',
      groupInstanceId: instanceId,
      reason: 'member was removed by an admin',
    }));
    await this.#call('leaveGroup', group, leaveGroupApi, { groupId: group, members }, (each) => [
      each.errorCode,
      ...each.members.map(({ errorCode }) => (errorCode === ErrorCode.UNKNOWN_MEMBER_ID ? 0 : errorCode)),
    ]);
  }

  /** `deleteConsumerGroups`. A group with members refuses: NON_EMPTY_GROUP. */
  async deleteGroup(group: GroupId): Promise<void> {
    await this.#call('deleteConsumerGroups', group, deleteGroupsApi, { groupsNames: [group] }, (each) => [
      each.results[0]?.errorCode,
    ]);
  }

  /** `codesOf`: every error code of an answer; a missing one is no answer for this group. */
  async #call<A extends Api>(
    name: string,
    group: GroupId,
    api: A,
    request: RequestInputOf<A>,
    codesOf: (response: ResponseOf<A>) => readonly (number | undefined)[],
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    const { cluster, clock, apiTimeoutMs = 60_000, requestTimeoutMs = 30_000, retryBackoffMs = 100 } = this.#options;
    const deadlineMs = clock.monotonic() + apiTimeoutMs;
    let backoffMs = retryBackoffMs;
    for (let attempts = 1; ; attempts++) {
      const leftMs = Math.max(1, Math.floor(deadlineMs - clock.monotonic()));
      const timeoutMs = Math.min(requestTimeoutMs, leftMs);
      let failure: KafkaError;
      try {
        const { id } = await cluster.findCoordinator('group', group);
        const limits = { timeoutMs, ...(versionMax === undefined ? {} : { versionMax }) };
        const response = await cluster.send(id, api, request, limits);
        const code = codesOf(response).find((each) => each !== ErrorCode.NONE);
        if (code === undefined && codesOf(response).every((each) => each === ErrorCode.NONE)) return response;
        throw brokerError(code ?? ErrorCode.UNKNOWN_SERVER_ERROR);
      } catch (error) {
        if (!(error instanceof KafkaError) || !isPassing(error)) throw error;
        failure = error;
      }
      if (clock.monotonic() + backoffMs >= deadlineMs) throw timedOut(name, attempts, failure);
      cluster.requestUpdate();
      await new Promise<void>((resolve) => clock.after(backoffMs, resolve));
      backoffMs = Math.min(backoffMs * 2, backoffMsMax);
    }
  }
}

const passing: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
]);

/** The coordinator moved, or nobody knows what became of it: the call may be made again. */
function isPassing({ code, errorCode }: KafkaError): boolean {
  if (errorCode !== null) return passing.has(errorCode);
  return code === 'DisconnectException' || code === 'TimeoutException';
}

function timedOut(name: string, attempts: number, cause: KafkaError): KafkaError {
  const message = `Call(callName=${name}) timed out after ${attempts} attempt(s): ${cause.message}`;
  return clientError('TimeoutException', message, cause);
}
