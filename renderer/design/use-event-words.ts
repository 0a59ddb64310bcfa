/** An event in the reader's language: who, what, and in few words for a flag. */
import { useI18n } from 'vue-i18n';
import type { LabEvent } from '../../engine/contract/events.ts';

export function useEventWords() {
  const { t, te } = useI18n();

  function who(event: LabEvent): string {
    if (event.actor === 'you') return t('log.you');
    if (event.actor === 'client') return String(event.args['client'] ?? event.args['member'] ?? t('log.lab'));
    if (event.actor === 'lab' || event.node === null) return t('log.lab');
    return t(event.actor === 'controller' ? 'log.controller' : 'log.broker', { node: event.node });
  }

  function command(event: LabEvent): string {
    const key = `command.${event.args['command']}`;
    return te(key) ? t(key, event.args) : String(event.args['command'] ?? '');
  }

  function what(event: LabEvent): string {
    const key = `event.${event.kind}`;
    if (!te(key)) return `${event.kind} ${Object.values(event.args).join(' ')}`;
    const args = event.kind === 'command' ? { what: command(event) } : event.args;
    return t(key, args).replace(/[:,]?\s*$/, '');
  }

  /** For a flag on the timeline; with a sentence of its own for what something became, where there is one. */
  function flag(event: LabEvent): string {
    const args = { node: event.node ?? '', was: event.change?.was ?? '', now: event.change?.now ?? '', ...event.args };
    const became = `timeline.flags.${event.kind}-${args.now}`;
    const key = te(became) ? became : `timeline.flags.${event.kind}`;
    return te(key) ? t(key, args) : what(event);
  }

  return { who, what, flag };
}
