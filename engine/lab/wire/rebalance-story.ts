/**
 * One rebalance: who was told to join again, who joined, when the coordinator had a new generation, who planned, who got its
 * assignment when. Begin and end are the coordinator's own; everything between is from calls.
 */
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { RebalanceView } from '../../contract/groups.ts';
import type { LaneId, SpaceTimeBudget, SpaceTimeMark, WireCall } from '../../contract/wire.ts';
import { firstMs } from './join.ts';
import { budgetParts, wait, type Roles, type Story } from './story.ts';
import { nodeLane, WireSource, type Past } from './wire-source.ts';

/** Before it began and after it was over: what set it off, and what came of it. */
const beforeMs = 400;
const afterMs = 600;
const picturesMax = 4;

type Mark = Omit<SpaceTimeMark, 'number'>;

interface Found {
  readonly rebalance: RebalanceView;
  readonly picture: LabSnapshot;
}

export function rebalanceStory(
  past: Past,
  { group, number }: { readonly group: string; readonly number: number },
): { source: WireSource; story: Story } | null {
  const found = findRebalance(past, group, number);
  if (found === null) return null;
  const { rebalance, picture } = found;
  const source = new WireSource(past, picture);
  const fromMs = rebalance.startedMs - beforeMs;
  const toMs = (rebalance.endedMs ?? picture.sampledMs) + afterMs;
  const calls = source
    .calls(fromMs, toMs)
    .filter((call) => call.group?.group === group && call.class !== 'beat' && isAbout(call, rebalance));
  const coordinator = nodeLane(rebalance.coordinator);
  const marks = marksOf(rebalance, calls, coordinator, picture);
  const roles: Roles = new Map([[coordinator, { role: 'coordinator', epoch: null }]]);
  for (const { from } of calls) if (!from.startsWith('node-')) roles.set(from, { role: 'consumer', epoch: null });
  const generationMs = marks.find(({ step }) => step === 'generation')?.atMs ?? null;
  const joins = calls
    .filter(({ api, error }) => api === 'JoinGroup' && error === null)
    .map((call) => call.handledMs ?? firstMs(call));
  const waits = joins.length === 0 ? [] : wait('delayed-join', coordinator, Math.min(...joins), generationMs);
  const budgets = budgetsOf(rebalance, marks, generationMs);
  return {
    source,
    story: { originMs: rebalance.startedMs, fromMs, toMs, calls, marks, waits, budgets, record: null, roles },
  };
}

/** An event tells when it was over; one that runs is in the newest picture. */
function findRebalance(past: Past, group: string, number: number): Found | null {
  const over = past
    .events({ kinds: ['rebalance'], limit: 2000 })
    .filter(({ args }) => args['group'] === group && args['number'] === number)
    .slice(-1);
  const moments = over.flatMap(({ atMs }) => [atMs + 50, atMs + 500, atMs + 2000, atMs]);
  for (const atMs of [...moments, Number.MAX_SAFE_INTEGER].slice(0, picturesMax + 1)) {
    const picture = past.moment(atMs);
    const rebalance = picture?.groups.find(({ id }) => id === group)?.rebalance ?? null;
    if (picture !== null && rebalance !== null && rebalance.number === number) return { rebalance, picture };
  }
  return null;
}

/** Commits go on all the time: only those that the rebalance brought with it. */
function isAbout({ api, error, sentMs, arrivedMs }: WireCall, { startedMs, endedMs }: RebalanceView): boolean {
  if (api === 'OffsetFetch' || api === 'FindCoordinator') return true;
  if (api !== 'OffsetCommit') return true;
  const atMs = sentMs ?? arrivedMs ?? 0;
  return error !== null || (atMs >= startedMs && (endedMs === null || atMs <= endedMs));
}

function marksOf(
  rebalance: RebalanceView,
  calls: readonly WireCall[],
  coordinator: LaneId,
  picture: LabSnapshot,
): Mark[] {
  const { startedMs, endedMs, fromGeneration, toGeneration, reason } = rebalance;
  const marks: Mark[] = [{ step: 'rebalance-began', lane: coordinator, atMs: startedMs, args: { reason }, call: null }];
  const labelOf = (lane: LaneId, member: string | null): string => {
    const name = lane.slice(lane.indexOf('-') + 1);
    const members = picture.groups.find(({ id }) => id === rebalance.group)?.members ?? [];
    const known = members.find(
      ({ memberId, client, clientId }) => memberId === member || client === name || clientId === name,
    );
    return known?.label ?? rebalance.members.find(({ memberId }) => memberId === member)?.label ?? name;
  };
  const add = (
    step: Mark['step'],
    call: WireCall,
    lane: LaneId,
    atMs: number | null,
    args: Mark['args'] = {},
  ): void => {
    if (atMs === null) return;
    marks.push({
      step,
      lane,
      atMs,
      args: { client: labelOf(call.from, call.group?.member ?? null), ...args },
      call: call.id,
    });
  };
  const joined = new Set<LaneId>();
  for (const call of calls) {
    const { api, error, from, sentMs, arrivedMs, receivedMs } = call;
    if (api === 'Heartbeat' && error !== null)
      add('told-to-rejoin', call, from, receivedMs ?? call.answeredMs, { error });
    if (api === 'LeaveGroup') add('left', call, from, sentMs ?? arrivedMs);
    if (api === 'JoinGroup' && error === null && !joined.has(from)) {
      joined.add(from);
      add('joined', call, from, sentMs ?? arrivedMs);
    }
    if (api === 'SyncGroup' && Number(call.fields['assignments'] ?? 0) > 0)
      add('assignment-sent', call, from, sentMs ?? arrivedMs);
    if (api === 'SyncGroup' && error === null) add('assigned', call, from, receivedMs ?? call.answeredMs);
  }
  const first = calls
    .filter(
      ({ api, error, group, answeredMs }) =>
        api === 'JoinGroup' && error === null && answeredMs !== null && (group?.generation ?? -1) > fromGeneration,
    )
    .sort((a, b) => a.answeredMs! - b.answeredMs!)[0];
  if (first !== undefined) {
    const args = {
      generation: first.group?.generation ?? toGeneration ?? 0,
      members: rebalance.members.filter(({ state }) => state !== 'left' && state !== 'expired').length,
    };
    marks.push({ step: 'generation', lane: coordinator, atMs: first.answeredMs!, args, call: first.id });
  }
  if (endedMs !== null) {
    const args = toGeneration === null ? {} : { generation: toGeneration };
    marks.push({ step: 'rebalance-over', lane: coordinator, atMs: endedMs, args, call: null });
  }
  return marks;
}

function budgetsOf(rebalance: RebalanceView, marks: readonly Mark[], generationMs: number | null): SpaceTimeBudget[] {
  const { startedMs, endedMs } = rebalance;
  if (endedMs === null) return [];
  const planned = marks.filter(({ step }) => step === 'assignment-sent').map(({ atMs }) => atMs);
  const parts = budgetParts(startedMs, [
    { kind: 'wait-for-join', atMs: generationMs },
    { kind: 'decide', atMs: planned.length === 0 ? null : Math.max(...planned) },
    { kind: 'wait-for-sync', atMs: endedMs },
  ]);
  return [{ until: 'rebalanced', fromMs: startedMs, toMs: endedMs, parts }];
}
