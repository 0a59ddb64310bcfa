/**
 * Apache Kafka's own tools and servers from their Maven artifacts, where Java and Maven are found. `KAFKA_REFERENCE`
 * names a launcher (`LAUNCHER TOOL ARGS...`, `LAUNCHER jars`, `LAUNCHER up DIR`, `LAUNCHER down DIR`); without it the one
 * beside the project is taken.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runProgram } from './lab-process.ts';

export const launcher = process.env.KAFKA_REFERENCE ?? join(root, '..', 'shared', 'kafka', 'kafka');

function found(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

let known: boolean | null = null;

/** Whether the official tools can run here. */
export function hasKafkaTools(): boolean {
  known ??= existsSync(launcher) && found('java', '-version') && (existsSync(jarsMarker()) || found('mvn', '-v'));
  return known;
}

function jarsMarker(): string {
  return join(
    process.env.KAFKA_REF_HOME ?? join(process.env.HOME ?? '/', '.cache', 'kafka-reference'),
    '4.3.1',
    '.complete',
  );
}

/** Runs an official tool by the name of its shell script without `kafka-` and `.sh`. */
export function kafkaTool(tool: string, args: readonly string[], input = '', timeoutMs = 120_000): Promise<string> {
  return runProgram(launcher, [tool, ...args], input, timeoutMs);
}
