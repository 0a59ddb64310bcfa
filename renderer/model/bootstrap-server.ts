/** What every "Same as" command line begins with. */
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

export interface SameAs {
  readonly tool: string;
  readonly command: string;
}

/** One server that answers is enough for every tool. */
export function bootstrapServer(snapshot: LabSnapshot): string {
  const alive = snapshot.brokers.find((broker) => broker.process === 'running' && broker.port !== null);
  const broker = alive ?? snapshot.brokers[0];
  return `${broker?.host ?? '127.0.0.1'}:${broker?.port ?? snapshot.lab.defaults.firstPort}`;
}

/** For a POSIX shell: as it is where nothing in it means something there. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
