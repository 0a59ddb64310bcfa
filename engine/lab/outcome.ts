/** Outcomes of commands and queries as data, for everything in the host that answers them. */
import type { CommandError } from '../contract/commands.ts';

export function refused(
  code: string,
  thing: string,
  value: string,
  hint: string,
): { readonly ok: false; readonly error: CommandError } {
  return { ok: false, error: { code, thing, value, hint } };
}
