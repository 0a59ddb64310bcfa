/** The thread of the journal: owns the SQLite file, writes what the host posts in batched transactions, answers queries. */
export {};
