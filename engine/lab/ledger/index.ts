/** The ledger of every record that lab producers sent. */
export { LabLedger, ledgerBytesMax, type LedgerVerdicts } from './lab-ledger.ts';
export { openLedgerFile, type LedgerFile } from './ledger-file.ts';
export { LedgerReader } from './ledger-reader.ts';
