/** A lab of real threads for tests: waits for what it tells, never for time. Without clients of its own, and without a journal unless it is asked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEvent, LabEventKind } from '../../contract/events.ts';
import type { LabSnapshot, PartitionView } from '../../contract/snapshot.ts';
import { Lab } from '../lab.ts';
import { LabDirectory } from '../lab-directory.ts';

const entry = (path: string): URL => new URL(`../${path}.ts`, import.meta.url);

export class RealLab {
  readonly lab: Lab;
  readonly dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-world-'));
  readonly events: LabEvent[] = [];

  constructor(port: number, set: Readonly<Record<string, string>> = {}, journal = false) {
    this.lab = new Lab({
      dataDir: this.dataDir,
      workers: {
        broker: entry('broker-worker'),
        client: entry('clients/client-worker'),
        journal: entry('journal/journal-worker'),
        ledger: entry('ledger/ledger-worker'),
        runs: entry('runs/run-worker'),
      },
      brokers: 3,
      port,
      set,
      defaultWorkload: false,
      journal,
    });
  }

  async start(): Promise<void> {
    this.lab.subscribe((delta) => this.events.push(...(delta.events ?? [])));
    await this.lab.start(new LabDirectory(this.dataDir));
    await this.lab.ready();
  }

  get snapshot(): LabSnapshot {
    return this.lab.snapshot();
  }

  async execute(command: LabCommand): Promise<CommandResult> {
    const result = await this.lab.execute(command);
    if (!result.ok) throw new Error(`${command.type}: ${result.error.code} ${result.error.value} ${result.error.hint}`);
    return result;
  }

  partition(topic: string, partition = 0): PartitionView {
    const view = this.snapshot.partitions.find((each) => each.topic === topic && each.partition === partition);
    if (view === undefined) throw new Error(`there is no ${topic}-${partition}`);
    return view;
  }

  /** Resolves when the snapshot is like that. */
  until(condition: (snapshot: LabSnapshot) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const leave = this.lab.subscribe(() => check());
      const check = (): void => {
        if (!condition(this.snapshot)) return;
        leave();
        resolve();
      };
      check();
    });
  }

  /** Resolves after so many deltas; a lab in which nothing changes gives one each second. */
  beats(count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      const leave = this.lab.subscribe(() => {
        left -= 1;
        if (left > 0) return;
        leave();
        resolve();
      });
    });
  }

  /** The newest event of a kind after another one; waits for it. */
  async eventAfter(id: number, kind: LabEventKind, node: number): Promise<LabEvent> {
    const find = (): LabEvent | undefined =>
      this.snapshot.events.find((each) => each.id > id && each.kind === kind && each.args['node'] === node);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    rmSync(this.dataDir, { recursive: true });
  }
}
