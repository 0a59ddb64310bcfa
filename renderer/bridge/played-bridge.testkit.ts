/** The bridge over a lab that is played, through the real router and without a socket: for tests of stores and views. */
import { createRouterClient } from '@orpc/server';
import { labRouter } from '../../engine/lab/contract-server.ts';
import type { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { openBridge, type LabBridge } from './lab-bridge.ts';
import type { Transport } from './transport.ts';

/** Once it is open. Updates of the subscription go nowhere: a test gives its store the snapshots itself. */
export async function playedBridge(lab: PlayedLab): Promise<LabBridge> {
  const transport: Transport = {
    client: createRouterClient(labRouter(lab)),
    closed: new Promise<void>(() => {}),
    close: () => {},
  };
  return new Promise((resolve) => {
    const bridge: LabBridge = openBridge(
      { onLine: (state) => state === 'open' && resolve(bridge), onUpdate: () => {} },
      () => Promise.resolve(transport),
    );
  });
}
