/** Configs as rows: what is in effect, where from, and what lies below it. */
import type { ConfigEntry, ConfigSource } from '../../engine/contract/queries.ts';

export interface ConfigRow {
  readonly entry: ConfigEntry;
  /** Set for this very topic or broker: it can be taken back. */
  readonly isOwn: boolean;
  /** Not the default, whoever set it. */
  readonly isChanged: boolean;
  /** Null: the brokers do not tell it. */
  readonly defaultValue: string | null;
  /** What a reset gives; null: not known before it is done. */
  readonly below: string | null;
}

/** `own`: the source of what was set for this very resource. */
export function configRow(entry: ConfigEntry, own: ConfigSource): ConfigRow {
  const isOwn = entry.source === own;
  const isChanged = entry.source !== 'DEFAULT_CONFIG';
  const fallback = entry.synonyms.findLast((each) => each.source === 'DEFAULT_CONFIG');
  return {
    entry,
    isOwn,
    isChanged,
    defaultValue: isChanged ? (fallback?.value ?? null) : entry.value,
    below: isOwn ? (entry.synonyms.find((each) => each.source !== own)?.value ?? null) : null,
  };
}

export function filterConfigs(rows: readonly ConfigRow[], text: string, changedOnly: boolean): readonly ConfigRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ entry, isChanged }) => {
    if (changedOnly && !isChanged) return false;
    const where = `${entry.name} ${entry.documentation ?? ''}`.toLowerCase();
    return words.every((word) => where.includes(word));
  });
}
