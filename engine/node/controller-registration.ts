/**
 * Makes this node's controller known to the cluster (Kafka's `ControllerRegistrationsPublisher` and
 * `ControllerRegistrationManager`): whenever the metadata holds no registration of this incarnation, it registers.
 */
import type { DurationMs, NodeId, Uuid } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import { NetworkError } from '../env/network.ts';
import type { Tracer } from '../env/tracer.ts';
import { metadataVersion } from '../metadata/index.ts';
import type { Endpoint, MetadataImage, SupportedFeature } from '../metadata/index.ts';
import { controllerRegistrationApi, ErrorCode, errorName } from '../protocol/index.ts';
import type { ControllerChannel } from './controller-channel.ts';

export interface ControllerRegistrationOptions {
  readonly env: { readonly clock: Clock; readonly tracer: Tracer };
  readonly channel: Pick<ControllerChannel, 'send'>;
  readonly nodeId: NodeId;
  readonly incarnationId: Uuid;
  readonly listeners: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
}

const timeoutMs: DurationMs = 10_000;
const retryMs: DurationMs = 500;

export class ControllerRegistration {
  readonly #options: ControllerRegistrationOptions;
  #underWay = false;
  #stopped = false;
  #retry: Timer | null = null;
  #image: MetadataImage | null = null;

  constructor(options: ControllerRegistrationOptions) {
    this.#options = options;
  }

  /** To be called with every published image. */
  check(image: MetadataImage): void {
    this.#image = image;
    if (!this.#stopped && !this.#underWay && this.#retry === null && !this.#isRegistered(image)) void this.#register();
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  /** Without a metadata version the log has not begun. */
  #isRegistered(image: MetadataImage): boolean {
    const { nodeId, incarnationId } = this.#options;
    return metadataVersion(image) === 0 || image.cluster.controllers.get(nodeId)?.incarnationId === incarnationId;
  }

  async #register(): Promise<void> {
    const { channel, env, nodeId, incarnationId, listeners, features } = this.#options;
    this.#underWay = true;
    const request = { controllerId: nodeId, incarnationId, zkMigrationReady: false, listeners, features };
    let failure: string | null = null;
    try {
      const { errorCode } = await channel.send(controllerRegistrationApi, request, { timeoutMs });
      if (errorCode !== ErrorCode.NONE) failure = errorName(errorCode);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      failure = error.message;
    }
    this.#underWay = false;
    if (failure === null || this.#stopped) return;
    env.tracer.log('warn', `ControllerRegistrationManager id=${nodeId}`, `Unable to register: ${failure}`);
    this.#retry = env.clock.after(retryMs, () => {
      this.#retry = null;
      if (this.#image !== null) this.check(this.#image);
    });
  }
}
