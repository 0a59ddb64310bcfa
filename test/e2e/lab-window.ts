/** The window as a test drives it: brokers, cells, groups, the time below. And the lab as its own contract tells it. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright';
import { vi } from 'vitest';
import type { CommandResult, LabSnapshot } from '../../engine/contract/index.ts';
import { readLockOf } from '../../engine/lab/index.ts';
import { connectToLab, type LabConnection } from '../../engine/lab/lab-client.ts';
import { openWindow } from './browser.ts';
import type { Serving } from './serve-process.ts';

export const ordersPartitions = ['orders-0', 'orders-1', 'orders-2'] as const;

/** Asks the lab by its contract, as another client than the window. */
async function asked<T>(lab: Serving, question: (client: LabConnection['client']) => Promise<T>): Promise<T> {
  const lock = readLockOf(lab.dataDir);
  if (lock === null) throw new Error(`no lab runs on ${lab.dataDir}`);
  const connection = await connectToLab(lock);
  try {
    return await question(connection.client);
  } finally {
    connection.close();
  }
}

/** What the host publishes now. */
export function snapshotOf(lab: Serving): Promise<LabSnapshot> {
  return asked(lab, async (client) => {
    for await (const update of await client.subscribe()) if (update.type === 'snapshot') return update.snapshot;
    throw new Error('the lab gave no snapshot');
  });
}

/** A command that is not the window's to give here; throws when it is refused. */
export async function command(
  lab: Serving,
  give: (commands: LabConnection['client']['commands']) => Promise<CommandResult>,
): Promise<void> {
  const result = await asked(lab, (client) => give(client.commands));
  if (!result.ok) throw new Error(`${result.error.thing} ${result.error.value}: ${result.error.hint}`);
}

/** Asks again and again until it is so; throws when it is not within that time. Inside a test and before it. */
async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  await vi.waitUntil(isSo, { timeout: withinMs, interval: 100 });
}

export class LabWindow {
  readonly page: Page;
  readonly errors: readonly string[];

  private constructor(page: Page, errors: readonly string[]) {
    this.page = page;
    this.errors = errors;
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<LabWindow> {
    const { page, errors } = await openWindow(browser, url, options);
    return new LabWindow(page, errors);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  part(name: string): Locator {
    return this.page.locator(`[data-part=${name}]`);
  }

  broker(node: number): Locator {
    return this.page.locator(`[role=columnheader][data-broker="${node}"]`);
  }

  button(node: number, act: string): Locator {
    return this.broker(node).locator(`[data-act=${act}]`);
  }

  replica(partition: string, node: number): Locator {
    return this.page.locator(`[data-cell="${partition}@${node}"]`);
  }

  accumulator(partition: string): Locator {
    return this.page.locator(`[data-accumulator="${partition}"]`);
  }

  owner(partition: string): Locator {
    return this.page.locator(`[data-owned="${partition}"]`);
  }

  producerBand(producer: string): Locator {
    return this.page.locator(`[role=gridcell][data-producer="${producer}"]`);
  }

  groupBand(group: string): Locator {
    return this.page.locator(`[role=gridcell][data-group="${group}"]`);
  }

  async untilBroker(node: number, state: string, fenced: boolean | null, withinMs: number): Promise<void> {
    const also = fenced === null ? '' : `[data-fenced="${fenced}"]`;
    await this.page
      .locator(`[role=columnheader][data-broker="${node}"][data-state="${state}"]${also}`)
      .waitFor({ timeout: withinMs });
  }

  /** Waits until so many partitions of `orders` are told to be so: `full`, `shrunk`. */
  async untilHealth(health: string, count: number, withinMs: number): Promise<void> {
    const rows = this.page.locator(`[role=rowheader][data-health="${health}"]`, { hasText: 'orders-' });
    await until(async () => (await rows.count()) === count, withinMs);
  }

  /** Three brokers serve, `orders` is whole, and each of its partitions has an owner. */
  async untilAllFlows(withinMs = 40_000): Promise<void> {
    for (const node of [1, 2, 3]) await this.untilBroker(node, 'running', false, withinMs);
    await this.untilHealth('full', 3, withinMs);
    await this.untilOwned(withinMs);
  }

  async untilOwned(withinMs = 30_000): Promise<void> {
    const owned = async (): Promise<number> =>
      (await this.owners()).filter((owner) => owner !== null && owner !== '—').length;
    await until(async () => (await owned()) === 3, withinMs);
  }

  /** The labels of who has `orders-0`, `-1`, `-2`; null for nobody. */
  owners(): Promise<(string | null)[]> {
    const cells = ordersPartitions.map((partition) =>
      this.owner(partition)
        .locator('[data-owner]')
        .first()
        .or(this.owner(partition).and(this.page.locator('[data-owner]'))),
    );
    return Promise.all(cells.map((cell) => cell.first().getAttribute('data-owner')));
  }

  async leaderOf(partition: string): Promise<number> {
    const leader = this.page.locator(`[data-cell^="${partition}@"][data-state="leader"]`);
    await leader.waitFor();
    return Number((await leader.getAttribute('data-cell'))?.split('@')[1]);
  }

  /** The log ends of the leaders of `orders`, added up, as the digits on the screen say. */
  async logEnds(): Promise<number> {
    const ends = await this.page
      .locator('[data-cell^="orders-"][data-state="leader"] [data-value=leo]')
      .allTextContents();
    return ends.reduce((sum, text) => sum + Number(text.replaceAll(/\D/g, '')), 0);
  }

  /** Waits until the log ends on the screen have grown. */
  async untilTicks(withinMs = 10_000): Promise<void> {
    const before = await this.logEnds();
    await until(async () => (await this.logEnds()) > before, withinMs);
  }

  async goTo(path: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(path)}`);
  }
}
