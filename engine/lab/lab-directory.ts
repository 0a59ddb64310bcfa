/**
 * The data directory of a lab: who holds it, what was in it last time.
 *
 *     DIR/lab.json          cluster id and the brokers with their ports; written whole, by replacement
 *     DIR/lab.lock          the lab that runs on it: pid, address and token of its control endpoint; mode 0600
 *     DIR/broker-N/         `log.dirs` of node N, in Kafka's own layout
 *
 * A lock is stale when nobody answers at its address with its token; `kill -9` of a lab leaves one behind.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { isUuid, uuidFromBytes } from '../base/uuid.ts';

/** What keeps a lab from starting, in words for a person: the thing, the value, what to do. */
export class LabStartError extends Error {
  override readonly name = 'LabStartError';
  readonly code:
    'port-in-use' | 'directory-held' | 'directory-foreign' | 'directory-unwritable' | 'bad-config' | 'node-failed';
  readonly thing: string;
  readonly value: string;
  readonly hint: string;

  constructor(code: LabStartError['code'], thing: string, value: string, hint: string, cause?: unknown) {
    super(`${thing} ${value}: ${hint}`, { cause });
    this.code = code;
    this.thing = thing;
    this.value = value;
    this.hint = hint;
  }
}

const brokerEntry = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  /** Null: a broker without a vote in the quorum. */
  controllerPort: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
  /** The node's `directory.id`, which the quorum's voters are told. */
  directoryId: v.pipe(v.string(), v.check(isUuid, 'is no uuid')),
});
const labFile = v.object({
  version: v.literal(1),
  clusterId: v.pipe(v.string(), v.check(isUuid, 'is no uuid')),
  createdMs: v.number(),
  /** The ports were asked for by the user: another one is never taken in their place. */
  portsPinned: v.boolean(),
  brokers: v.array(brokerEntry),
});
export type LabFile = v.InferOutput<typeof labFile>;
export type BrokerEntry = v.InferOutput<typeof brokerEntry>;

const lockFile = v.object({
  pid: v.number(),
  host: v.string(),
  port: v.number(),
  token: v.string(),
  startedMs: v.number(),
});
export type LabLock = v.InferOutput<typeof lockFile>;

/** A random cluster id, as `kafka-storage random-uuid` makes them: never with a leading dash. */
export function randomUuid(): string {
  for (;;) {
    const uuid = uuidFromBytes(randomBytes(16));
    if (!uuid.startsWith('-')) return uuid;
  }
}

/** The lock in a directory that is only looked at; null when there is none or it is unreadable. */
export function readLockOf(path: string): LabLock | null {
  try {
    const checked = v.safeParse(lockFile, JSON.parse(readFileSync(join(path, 'lab.lock'), 'utf8')));
    return checked.success ? checked.output : null;
  } catch {
    return null;
  }
}

/** What a lab makes in its directory, besides `lab.json`; a file of its parts each, and their temporary ones. */
const labNames =
  /^((lab\.(json|lock)|clients\.json|settings\.json|time\.json)(\.tmp)?|broker-\d+|(journal|ledger)\..*|runs|exports|scenarios|\..*)$/;

export class LabDirectory {
  readonly path: string;
  #locked = false;

  /** Makes the directory when absent; refuses one that cannot be written or that holds something else. */
  constructor(path: string) {
    this.path = path;
    try {
      makeDirectories(path);
      accessSync(path, constants.W_OK | constants.R_OK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new LabStartError(
        'directory-unwritable',
        'data directory',
        path,
        `${unwritable[code] ?? 'cannot be written'} (${code}). Give the lab a directory that you may write to.`,
        error,
      );
    }
    const foreign = readdirSync(path).filter((name) => !labNames.test(name));
    if (!existsSync(join(path, 'lab.json')) && foreign.length > 0) {
      throw new LabStartError(
        'directory-foreign',
        'data directory',
        path,
        `holds files that are no lab's (${foreign.slice(0, 3).join(', ')}). Give the lab an empty directory or one of its own.`,
      );
    }
  }

  brokerDirectory(id: number): string {
    return join(this.path, `broker-${id}`);
  }

  /** Null for a new directory. */
  readLabFile(): LabFile | null {
    const path = join(this.path, 'lab.json');
    if (!existsSync(path)) {
      const orphan = readdirSync(this.path).find((name) => existsSync(join(this.path, name, 'meta.properties')));
      if (orphan !== undefined) throw this.#foreign(path, `is missing, but ${orphan} holds a broker's data`);
      return null;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw this.#foreign(path, `is no JSON (${(error as Error).message})`);
    }
    const checked = v.safeParse(labFile, parsed);
    if (checked.success) return checked.output;
    const issue = checked.issues[0];
    throw this.#foreign(path, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }

  #foreign(path: string, reason: string): LabStartError {
    return new LabStartError('directory-foreign', 'lab file', path, `${reason}. Give the lab another directory.`);
  }

  writeLabFile(content: LabFile): void {
    replaceFile(join(this.path, 'lab.json'), `${JSON.stringify(content, null, 2)}\n`, 0o644);
  }

  /** The lock as it is on disk; null when there is none or it is unreadable. */
  readLock(): LabLock | null {
    return readLockOf(this.path);
  }

  /**
   * Takes the directory. `answers` tells whether a lab answers at a lock's address with its token.
   * @throws {@link LabStartError} `directory-held` when another lab runs on it.
   */
  async lock(lock: LabLock, answers: (lock: LabLock) => Promise<boolean>): Promise<void> {
    const path = join(this.path, 'lab.lock');
    for (let attempt = 0; ; attempt++) {
      try {
        const fd = openSync(path, 'wx', 0o600);
        writeSync(fd, JSON.stringify(lock));
        fsyncSync(fd);
        closeSync(fd);
        this.#locked = true;
        return;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== 'EEXIST' || attempt > 1) {
          throw new LabStartError('directory-unwritable', 'lock file', path, `cannot be written (${code})`, error);
        }
      }
      const held = this.readLock();
      if (held !== null && (await answers(held))) {
        throw new LabStartError(
          'directory-held',
          'data directory',
          this.path,
          `is held by another lab (process ${held.pid}). Close that lab, or start this one with another --data-dir.`,
        );
      }
      rmSync(path, { force: true });
    }
  }

  /** Replaces what the lock says; only for who holds it. */
  updateLock(lock: LabLock): void {
    if (this.#locked) replaceFile(join(this.path, 'lab.lock'), JSON.stringify(lock), 0o600);
  }

  /** Gives the directory back. Idempotent. */
  unlock(): void {
    if (!this.#locked) return;
    this.#locked = false;
    rmSync(join(this.path, 'lab.lock'), { force: true });
  }
}

const unwritable: Readonly<Record<string, string>> = {
  ENOTDIR: 'is a file or lies in one, not a directory',
  EROFS: 'lies on a volume that is read only',
  ENOSPC: 'lies on a volume that is full',
};

/** One level at a time: Node's own recursive form never returns where a file system says ENOENT to every mkdir (/proc). */
function makeDirectories(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const each of missing.reverse()) mkdirSync(each);
  // Opens it as a directory, which fails for a file.
  readdirSync(path);
}

/** The whole content or the one before: never a part of it. */
export function replaceFile(path: string, content: string, mode: number): void {
  const temporary = `${path}.tmp`;
  const fd = openSync(temporary, 'w', mode);
  writeSync(fd, content);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, path);
}
