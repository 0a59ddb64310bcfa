export type { ByteBudget } from './byte-budget.ts';
export { FaultyDisk, type FaultyDiskOptions, type PowerLoss, type Slowness } from './faulty-disk.ts';
export { FaultyNetwork, openLink, type LinkRules } from './faulty-network.ts';
export type { LinkRule } from './link-queue.ts';
