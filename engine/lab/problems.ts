/** From the failure of a broker's thread to what the window says about it: thing, value, what would be right. */
import type { LabProblem, ProblemCode } from '../contract/snapshot.ts';
import type { ProcessFailure } from './broker-process.ts';
import type { BrokerEntry } from './lab-directory.ts';

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
    case 'INCONSISTENT_CLUSTER_ID':
      return {
        code: 'cluster-id-mismatch',
        thing: 'cluster id',
        hint: `${directory} belongs to another cluster. Move it away, or start the lab with another data directory.`,
      };
    case 'DIRECTORY_HELD':
      return {
        code: 'data-dir-held',
        thing: 'data directory',
        hint: `Another broker uses ${directory}. Stop it first.`,
      };
    case 'CORRUPT_LOG':
      return {
        code: 'log-corrupt',
        thing: 'log',
        hint: `Look at the file with "lab -- dump-log"; a broker whose log is gone copies it from the leader.`,
      };
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
