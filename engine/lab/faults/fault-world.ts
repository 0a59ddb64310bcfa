/**
 * What faults act on, as narrow as they need it: brokers, lab clients, and the world around their threads. The lab passes
 * its fleet, its clients and its world; tests pass one that only remembers.
 */
import type { ConsumerView, ProducerView } from '../../contract/clients.ts';
import type { CommandError, CommandResult, LabCommand } from '../../contract/commands.ts';
import type { BrokerView } from '../../contract/snapshot.ts';
import type { DiskFaults, LinkFault } from '../world/world-messages.ts';

export type BrokerAct = Extract<
  LabCommand,
  { type: 'stopBroker' | 'killBroker' | 'pauseBroker' | 'resumeBroker' | 'startBroker' }
>;
export type ClientAct = Extract<
  LabCommand,
  {
    type:
      | 'stopProducer'
      | 'killProducer'
      | 'startProducer'
      | 'closeConsumer'
      | 'killConsumer'
      | 'startConsumer'
      | 'setConsumer';
  }
>;
export type PowerLossResult =
  | { readonly ok: true; readonly vanishedBytes: number; readonly files: number }
  | { readonly ok: false; readonly error: CommandError };

export interface FaultActs {
  broker(command: BrokerAct): Promise<CommandResult>;
  /** Its thread ends and what it had not flushed is gone. */
  powerLoss(node: number): Promise<PowerLossResult>;
  client(command: ClientAct): Promise<CommandResult>;
  /** Of a producer or a consumer. */
  freeze(client: string): CommandResult;
  thaw(client: string): CommandResult;
  /** The following stay until they are set anew, also for a thread that is started later. */
  setSkew(node: number, skewMs: number): void;
  setDisk(node: number, faults: DiskFaults | null): void;
  /** All that there are. */
  setLinks(faults: readonly LinkFault[]): void;
}

/** The lab as of now. */
export interface FaultPicture {
  readonly brokers: readonly BrokerView[];
  readonly producers: readonly ProducerView[];
  readonly consumers: readonly ConsumerView[];
}
