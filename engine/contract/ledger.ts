/** The ledger of every record that lab producers sent. */

export const ledgerCommands = {} as const;

export const ledgerQueries = {} as const;

// oxlint-disable-next-line typescript/no-empty-object-type
export interface LedgerAnswers {}
