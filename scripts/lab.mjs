/** `npm run lab -- COMMAND ...`: the command line of Brokerlab, built when needed. */
import { ensureBuilt, requireNode } from './runtime.mjs';

requireNode();
ensureBuilt();
await import('../out/main/cli.js');
