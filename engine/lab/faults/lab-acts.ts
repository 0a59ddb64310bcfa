/** The lab's fleet, clients and world as faults act on them; and which of the user's commands is a fault of which kind. */
import type { LabCommand } from '../../contract/commands.ts';
import type { FaultSpec } from '../../contract/faults.ts';
import type { BrokerFleet } from '../broker-fleet.ts';
import type { LabClients } from '../clients/lab-clients.ts';
import type { World } from '../world/world.ts';
import type { FaultActs } from './fault-world.ts';

export interface ActedOn {
  readonly fleet: Pick<BrokerFleet, 'execute' | 'powerLoss'>;
  readonly clients: Pick<LabClients, 'execute' | 'freeze' | 'thaw'>;
  readonly world: Pick<World, 'setSkew' | 'setDisk' | 'setLinks'>;
}

export function labActs({ fleet, clients, world }: ActedOn): FaultActs {
  return {
    broker: (command) => fleet.execute(command),
    powerLoss: (node) => fleet.powerLoss(node),
    client: (command) => clients.execute(command),
    freeze: (client) => clients.freeze(client),
    thaw: (client) => clients.thaw(client),
    setSkew: (node, skewMs) => world.setSkew(node, skewMs),
    setDisk: (node, faults) => world.setDisk(node, faults),
    setLinks: (faults) => world.setLinks(faults),
  };
}

/** Null for a command that does nothing to anybody, or that takes something back. */
export function faultOfCommand(command: LabCommand): FaultSpec | null {
  switch (command.type) {
    case 'stopBroker':
      return { kind: 'stop', node: command.node };
    case 'killBroker':
      return { kind: 'kill', node: command.node };
    case 'pauseBroker':
      return { kind: 'pause', node: command.node };
    case 'stopProducer':
    case 'closeConsumer':
      return { kind: 'stop-client', client: command.client };
    case 'killProducer':
    case 'killConsumer':
      return { kind: 'kill-client', client: command.client };
    case 'freezeConsumer':
      return { kind: 'freeze-client', client: command.client };
    default:
      return null;
  }
}
