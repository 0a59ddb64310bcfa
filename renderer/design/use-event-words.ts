/** An event in the reader's language: who, what, and in few words for a flag. */
import { useI18n } from 'vue-i18n';
import { bytes } from '../model/units.ts';
import type { LabEvent } from '../../engine/contract/events.ts';

/** The two ways of a link, as the command line writes them. */
const withArrows = (link: string): string => link.replace('<->', '↔').replace('->', '→');

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
    return t(key, argumentsOf(event)).replace(/[:,]?\s*$/, '');
  }

  function argumentsOf(event: LabEvent): Record<string, string | number> {
    if (event.kind === 'command') return { what: command(event) };
    return event.kind === 'fault' ? fault(event) : { ...event.args };
  }

  /** Kind and target in the reader's language; what it was injected with as on the command line. */
  function fault({ args, change }: LabEvent): Record<string, string | number> {
    const { kind = '', target = '', node, settings = '', detail = '' } = args;
    const vanished =
      args['bytes'] === undefined
        ? String(detail)
        : t('faultsView.vanished', { bytes: bytes(Number(args['bytes'])), files: args['files'] ?? '' });
    return {
      what: t(`faultsView.kinds.${kind}`),
      state: change === null ? '' : t(`state.${change.now}`),
      target: node === undefined ? withArrows(String(target)) : t('broker.name', { node }),
      text: [String(settings), vanished].filter((each) => each !== '').join(', '),
    };
  }

  /** For a flag on the timeline; with a sentence of its own for what something became, where there is one. */
  function flag(event: LabEvent): string {
    const { change, node } = event;
    const args = { node: node ?? '', was: change?.was ?? '', now: change?.now ?? '', ...argumentsOf(event) };
    const became = `timeline.flags.${event.kind}-${args.now}`;
    const key = te(became) ? became : `timeline.flags.${event.kind}`;
    return te(key) ? t(key, args) : what(event);
  }

  return { who, what, flag };
}
