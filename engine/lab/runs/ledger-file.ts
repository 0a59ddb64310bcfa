/** `ledger.ndjson`: a line for each record that lab producers sent, as the ledger tells it. Empty where none ran. */
import type { LedgerSource } from './ledger-source.ts';
import { TextFile } from './text-file.ts';

export async function writeLedgerFile(
  ledger: LedgerSource | null,
  target: string,
  step: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const file = new TextFile(target);
  try {
    if (ledger === null) return;
    const total = ledger.records;
    let done = 0;
    for (const page of ledger.pages()) {
      for (const row of page) file.write(`${JSON.stringify(row)}\n`);
      done += page.length;
      await step(done, total);
    }
  } finally {
    file.close();
  }
}
