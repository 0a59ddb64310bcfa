/** From the failure of a broker's thread to what the window says about it: thing, value, what would be right. */
import type { LabProblem, ProblemCode } from '../contract/snapshot.ts';
import type { ProcessFailure } from './broker-process.ts';
import type { BrokerEntry, LabStartError } from './lab-directory.ts';

interface Advice {
  readonly code: ProblemCode;
  readonly thing: string;
  readonly hint: string;
}

function advice(failure: ProcessFailure, id: number, directory: string): Advice {
  switch (failure.code) {
    case 'EADDRINUSE':
      return {
        code: 'port-in-use',
        thing: 'port',
        hint: 'End the program that has it, or start the broker on another port.',
      };
    case 'ENOSPC':
      return {
        code: 'disk-full',
        thing: 'disk',
        hint: `Free space on the volume of ${directory}, then start the broker again. Nothing acknowledged was lost.`,
      };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        code: 'data-dir-unwritable',
        thing: 'data directory',
        hint: `Give this user the right to write to ${directory}.`,
      };
    case 'EEXIST':
    case 'ENOTDIR':
      return {
        code: 'data-dir-foreign',
        thing: 'data directory',
        hint: `Move what is at ${directory} away; a broker keeps its files in a directory.`,
      };
    case 'CLUSTER_ID_MISMATCH':
      return {
        code: 'cluster-id-mismatch',
        thing: 'cluster id',
        hint: `${directory} belongs to another cluster. Move it away, or start the lab with another data directory.`,
      };
    case 'FOREIGN_DIRECTORY':
      return {
        code: 'data-dir-foreign',
        thing: 'data directory',
        hint: `Put ${directory} right or move it away: without it the broker copies its partitions from the leaders.`,
      };
    case 'BAD_CONFIG':
      return { code: 'start-failed', thing: 'config', hint: 'Start the lab again with a value that is right.' };
    default:
      return failure.kind === 'bug'
        ? { code: 'broker-crashed', thing: `broker ${id}`, hint: 'Start it again; it recovers from its log.' }
        : { code: 'start-failed', thing: `broker ${id}`, hint: 'Start it again when the cause is mended.' };
  }
}

export function problemOf(
  id: number,
  failure: ProcessFailure,
  entry: BrokerEntry,
  directory: string,
  nowMs: number,
): LabProblem {
  const { code, thing, hint } = advice(failure, id, directory);
  const inUse = code === 'port-in-use';
  return {
    code,
    node: id,
    thing,
    value: inUse ? `127.0.0.1:${entry.port}` : failure.message,
    hint,
    sinceMs: nowMs,
    number: inUse ? entry.port + 1 : null,
  };
}

/** `port-in-use` as a problem is one broker's, with ways on; here nothing runs yet. */
const startCodes: Readonly<Record<LabStartError['code'], ProblemCode>> = {
  'port-in-use': 'start-failed',
  'directory-held': 'data-dir-held',
  'directory-foreign': 'data-dir-foreign',
  'directory-unwritable': 'data-dir-unwritable',
  'bad-config': 'start-failed',
  'node-failed': 'start-failed',
};

/** What kept the whole lab from starting. */
export function problemOfStart(error: LabStartError, nowMs: number): LabProblem {
  const { code, thing, value, hint } = error;
  return { code: startCodes[code], node: null, thing, value, hint, sinceMs: nowMs, number: null };
}
