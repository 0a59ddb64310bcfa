/** What every part of one consumer works with. */
import type { ClusterClient, ClientEnv } from '../cluster/index.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { ConsumerSettings } from './consumer-config.ts';
import type { ConsumerEvent } from './consumer-events.ts';
import type { SubscriptionState } from './subscription-state.ts';
import type { Waits } from './waits.ts';

export interface ConsumerContext {
  readonly env: ClientEnv;
  readonly codecs: RecordCodecs;
  readonly settings: ConsumerSettings;
  readonly cluster: ClusterClient;
  readonly subscriptions: SubscriptionState;
  readonly waits: Waits;
  readonly emit: (event: ConsumerEvent) => void;
}
