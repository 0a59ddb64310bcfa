/**
 * The configs of a consumer that people turn most, in the order in which they are explained, with the Java client's defaults.
 * Everything else of `ConsumerConfig` can be set by its name as well.
 */
export interface Knob {
  readonly name: string;
  readonly default: string;
  /** The only values there are; null: a number or a text. */
  readonly values: readonly string[] | null;
  readonly isNumber: boolean;
}

export interface KnobPart {
  readonly part: 'membership' | 'polling' | 'start' | 'fetching' | 'network';
  readonly knobs: readonly Knob[];
}

const number = (name: string, standard: number): Knob => ({
  name,
  default: String(standard),
  values: null,
  isNumber: true,
});
const text = (name: string, standard: string, values: readonly string[] | null = null): Knob => ({
  name,
  default: standard,
  values,
  isNumber: false,
});

export const consumerKnobs: readonly KnobPart[] = [
  {
    part: 'membership',
    knobs: [number('session.timeout.ms', 45_000), number('heartbeat.interval.ms', 3000)],
  },
  {
    part: 'polling',
    knobs: [
      number('max.poll.interval.ms', 300_000),
      number('max.poll.records', 500),
      number('auto.commit.interval.ms', 5000),
    ],
  },
  {
    part: 'start',
    knobs: [
      /** Also `by_duration:PT1H`. */
      text('auto.offset.reset', 'latest'),
      text('isolation.level', 'read_uncommitted', ['read_uncommitted', 'read_committed']),
    ],
  },
  {
    part: 'fetching',
    knobs: [
      number('fetch.min.bytes', 1),
      number('fetch.max.wait.ms', 500),
      number('fetch.max.bytes', 52_428_800),
      number('max.partition.fetch.bytes', 1_048_576),
    ],
  },
  {
    part: 'network',
    knobs: [
      number('request.timeout.ms', 30_000),
      number('default.api.timeout.ms', 60_000),
      number('metadata.max.age.ms', 300_000),
      number('retry.backoff.ms', 100),
      text('client.rack', ''),
    ],
  },
];
