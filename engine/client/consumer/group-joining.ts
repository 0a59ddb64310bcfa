/**
 * One attempt to join the group: JoinGroup, the assignment when this member leads, SyncGroup (`AbstractCoordinator`). It
 * ends with the member's assignment in bytes, or an error by which the caller decides whether to try again.
 */
import {
  ErrorCode,
  joinGroupApi,
  type JoinGroupResponse,
  syncGroupApi,
  type SyncGroupResponse,
} from '../../protocol/index.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { consumerProtocolType } from './consumer-protocol.ts';
import { type CoordinatorLink, coordinatorNotAvailable } from './coordinator-link.ts';
import type { Generation, GroupState } from './group-state.ts';

/** JoinGroup may take the whole rebalance, and so much longer (`JOIN_GROUP_TIMEOUT_LAPSE`). */
const joinLapseMs = 5000;
/** `JoinGroupRequest.maybeTruncateReason`. */
const reasonLengthMax = 255;

export interface EncodedProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface EncodedAssignment {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}

export interface GroupJoiningOptions {
  readonly context: ConsumerContext;
  readonly groupId: string;
  readonly group: GroupState;
  readonly link: CoordinatorLink;
  /** What the member offers: its assignors with a subscription for each. */
  readonly protocols: () => EncodedProtocol[];
  /** JoinGroup succeeded. */
  readonly onJoined: () => void;
  /** This member leads: computes everybody's assignment. */
  readonly onLeader: (answer: JoinGroupResponse) => Promise<EncodedAssignment[]>;
}

export class GroupJoining {
  readonly #options: GroupJoiningOptions;

  constructor(options: GroupJoiningOptions) {
    this.#options = options;
  }

  /** This member's assignment. Rejects with a KafkaError. */
  async join(): Promise<Uint8Array> {
    const { context, groupId, group, link, protocols } = this.#options;
    const { settings } = context;
    group.become('preparing-rebalance');
    const sent = group.generation;
    const answer = await link.send(
      joinGroupApi,
      {
        groupId,
        sessionTimeoutMs: settings.sessionTimeoutMs,
        rebalanceTimeoutMs: settings.maxPollIntervalMs,
        memberId: sent.memberId,
        groupInstanceId: settings.groupInstanceId,
        protocolType: consumerProtocolType,
        protocols: protocols(),
        reason: group.rejoinReason.slice(0, reasonLengthMax),
      },
      Math.max(settings.requestTimeoutMs, settings.maxPollIntervalMs + joinLapseMs),
    );
    if (answer.errorCode !== ErrorCode.NONE) throw this.#refusedJoin(answer, sent);
    checkProtocolType(answer.protocolType);
    if (group.state !== 'preparing-rebalance') throw unjoined();
    return this.#joined(answer);
  }

  async #joined(answer: JoinGroupResponse): Promise<Uint8Array> {
    const { context, group, onJoined, onLeader } = this.#options;
    const { generationId, memberId, protocolName } = answer;
    const isLeader = answer.leader === memberId;
    group.become('completing-rebalance', { generationId, memberId, protocolName });
    onJoined();
    context.emit({ type: 'joined', memberId, generation: generationId, isLeader, assignor: protocolName ?? '' });
    return this.#sync(isLeader ? await onLeader(answer) : []);
  }

  async #sync(assignments: EncodedAssignment[]): Promise<Uint8Array> {
    const { context, groupId, group, link } = this.#options;
    const sent = group.generation;
    if (link.unknown) throw coordinatorNotAvailable();
    const answer = await link.send(syncGroupApi, {
      groupId,
      generationId: sent.generationId,
      memberId: sent.memberId,
      groupInstanceId: context.settings.groupInstanceId,
      protocolType: consumerProtocolType,
      protocolName: sent.protocolName,
      assignments,
    });
    if (answer.errorCode !== ErrorCode.NONE) throw this.#refusedSync(answer, sent);
    checkProtocolType(answer.protocolType);
    if (group.hasGenerationReset || group.state !== 'completing-rebalance') {
      throw brokerError(ErrorCode.ILLEGAL_GENERATION);
    }
    if (answer.protocolName !== null && answer.protocolName !== sent.protocolName) {
      throw brokerError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    group.rejoinReason = '';
    group.rejoinNeeded = false;
    group.become('stable');
    return answer.assignment;
  }

  #refusedJoin({ errorCode, memberId }: JoinGroupResponse, sent: Generation): KafkaError {
    const { group, link, groupId } = this.#options;
    const error = brokerError(errorCode);
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
        if (group.isCurrent(sent)) group.resetAndRejoin('encountered UNKNOWN_MEMBER_ID from JOIN_GROUP response', true);
        return error;
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.NOT_COORDINATOR:
        link.refused(errorCode);
        return error;
      case ErrorCode.MEMBER_ID_REQUIRED:
        group.become(group.state, { generationId: -1, memberId, protocolName: null });
        group.requestRejoin(`need to re-join with the given member-id: ${memberId}`);
        return error;
      case ErrorCode.GROUP_MAX_SIZE_REACHED:
        return brokerError(
          errorCode,
          `Consumer group ${groupId} already has the configured maximum number of members.`,
        );
      case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      case ErrorCode.FENCED_INSTANCE_ID:
      case ErrorCode.INCONSISTENT_GROUP_PROTOCOL:
      case ErrorCode.INVALID_SESSION_TIMEOUT:
      case ErrorCode.INVALID_GROUP_ID:
      case ErrorCode.GROUP_AUTHORIZATION_FAILED:
      case ErrorCode.UNSUPPORTED_VERSION:
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return error;
      default:
        return clientError('KafkaException', `Unexpected error in join group response: ${error.message}`);
    }
  }

  #refusedSync({ errorCode }: SyncGroupResponse, sent: Generation): KafkaError {
    const { group, link } = this.#options;
    const error = brokerError(errorCode);
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        if (group.isCurrent(sent)) {
          const withMemberId = errorCode !== ErrorCode.ILLEGAL_GENERATION;
          group.resetAndRejoin(`encountered ${error.code} from SYNC_GROUP response`, withMemberId);
        }
        return error;
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.NOT_COORDINATOR:
        link.refused(errorCode);
        return error;
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.FENCED_INSTANCE_ID:
      case ErrorCode.GROUP_AUTHORIZATION_FAILED:
        return error;
      default:
        return clientError('KafkaException', `Unexpected error from SyncGroup: ${error.message}`);
    }
  }
}

function checkProtocolType(type: string | null): void {
  if (type !== null && type !== consumerProtocolType) throw brokerError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
}

/** `UnjoinedGroupException`: while the answer was on its way the heartbeat's side gave the membership up. */
function unjoined(): KafkaError {
  return clientError('RebalanceInProgressException', 'The member left the group while it was joining.');
}
