/** The words of a diagram in the reader's language. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import {
  diagramWords,
  grouped,
  type DiagramLexicon,
  type MarkArgs,
  type Told,
} from '../../../engine/contract/diagram/index.ts';
import type { SpaceTimeBudget, SpaceTimeStep } from '../../../engine/contract/wire.ts';

export function useDiagramWords() {
  const { t, te } = useI18n();
  const key = (name: string): string => `spacetimeView.${name}`;

  /** A detail has a sentence of its own where the catalogue has one and all that it needs is known. */
  function mark(step: SpaceTimeStep): (args: MarkArgs) => Told {
    return (args) => ({ title: t(key(`marks.${step}.title`), args), detail: detailOf(step, args) });
  }
  function detailOf(step: SpaceTimeStep, args: MarkArgs): string {
    switch (step) {
      case 'drained': {
        const reason = args['reason'] ?? '';
        const why = te(key(`drainedBy.${reason}`)) ? t(key(`drainedBy.${reason}`)) : reason;
        return [recordsOf(args['records']), why].filter((part) => part !== '').join(', ');
      }
      case 'read':
        return recordsOf(args['records']);
      case 'refused':
      case 'told-to-rejoin':
        return args['error'] ?? '';
      case 'rebalance-began':
        return args['reason'] ?? '';
      case 'committed':
        return `${args['partition'] ?? ''} = ${args['offset'] ?? ''}`;
      default: {
        const needs: Readonly<Partial<Record<SpaceTimeStep, string>>> = {
          'appended-leader': 'logEnd',
          'high-watermark': 'isr',
          acked: 'acks',
          generation: 'members',
          'rebalance-over': 'generation',
          elected: 'epoch',
          'vote-asked': 'epoch',
        };
        const needed = needs[step];
        if (needed !== undefined && args[needed] === undefined) return '';
        return te(key(`marks.${step}.detail`)) ? t(key(`marks.${step}.detail`), args) : '';
      }
    }
  }
  function recordsOf(count: string | undefined): string {
    if (count === undefined) return '';
    return t(key('records'), { n: count }, count === '1' ? 1 : 2);
  }

  const steps: readonly SpaceTimeStep[] = [
    'sent',
    'drained',
    'appended-leader',
    'appended-follower',
    'high-watermark',
    'acked',
    'refused',
    'read',
    'processed',
    'committed',
    'rebalance-began',
    'told-to-rejoin',
    'left',
    'joined',
    'generation',
    'assignment-sent',
    'assigned',
    'rebalance-over',
    'last-heard',
    'fenced',
    'vote-asked',
    'vote-won',
    'elected',
    'learned',
    'first-fetch',
    'first-produce',
  ];
  const milestones: readonly SpaceTimeStep[] = [
    'sent',
    'appended-leader',
    'high-watermark',
    'acked',
    'refused',
    'read',
    'committed',
    'rebalance-began',
    'generation',
    'rebalance-over',
    'last-heard',
    'fenced',
    'vote-asked',
    'elected',
    'first-produce',
  ];

  const lexicon = computed<DiagramLexicon>(() => ({
    broker: (node) => t('broker.name', { node }),
    roles: {
      leader: t(key('roles.leader')),
      follower: t(key('roles.follower')),
      controller: t(key('roles.controller')),
      coordinator: t(key('roles.coordinator')),
      producer: t(key('roles.producer')),
      consumer: t(key('roles.consumer')),
    },
    epoch: (epoch) => t(key('epoch'), { epoch }),
    generation: (generation) => t(key('generation'), { generation }),
    records: (count) => recordsOf(grouped(count)),
    response: (api) => t(key('response'), { api }),
    noError: t(key('noError')),
    unanswered: t(key('unanswered')),
    // An at sign means a link in a catalogue.
    from: (offset) => `@${offset}`,
    milestones: Object.fromEntries(milestones.map((step) => [step, t(key(`milestones.${step}`))])),
    marks: Object.fromEntries(steps.map((step) => [step, mark(step)])) as DiagramLexicon['marks'],
    waits: {
      accumulator: t(key('waits.accumulator')),
      'in-flight': t(key('waits.in-flight')),
      append: t(key('waits.append')),
      'delayed-produce': t(key('waits.delayed-produce')),
      'delayed-fetch': t(key('waits.delayed-fetch')),
      processing: t(key('waits.processing')),
      'delayed-join': t(key('waits.delayed-join')),
      session: t(key('waits.session')),
    },
    cut: (duration) => t(key('cut'), { duration }),
  }));
  const words = computed(() => diagramWords(lexicon.value));

  function budgetTitle({ until }: SpaceTimeBudget): string {
    return t(key(`until.${until}`));
  }
  function partTitle(kind: SpaceTimeBudget['parts'][number]['kind']): string {
    return t(key(`parts.${kind}`));
  }

  return { words, budgetTitle, partTitle };
}
