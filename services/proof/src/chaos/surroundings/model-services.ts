import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServiceEntry } from '@entrepot/stack';
import { CONNECTOR_PORTS, SIMULATOR_PORT, SINK_PORT } from '../../model-vendor/ports.ts';
import { TOKEN, WEBHOOK_SECRET } from '../../model-vendor/rows.ts';

const PROOF = 'services/proof';
const MASTER_KEYS = ['ENTREPOT_MASTER_KEY', 'ENTREPOT_KEY_FILE'] as const;
const common = { folder: PROOF, vendor: 'model', reads: MASTER_KEYS } as const;

/** The processes of the model vendor, and the simulator of its systems. */
export const MODEL_SERVICES: readonly ServiceEntry[] = [
  {
    ...common,
    name: 'simulator',
    title: 'simulator (model)',
    reads: [],
    port: SIMULATOR_PORT,
    portVariable: 'SIMULATOR_PORT',
  },
  { ...common, name: 'sink-model', title: 'model sink', port: SINK_PORT, portVariable: 'SINK_MODEL_PORT' },
  {
    ...common,
    name: 'connector-model',
    title: 'model connector',
    port: CONNECTOR_PORTS.port,
    portVariable: 'CONNECTOR_MODEL_PORT',
    operations: { port: CONNECTOR_PORTS.operationsPort, portVariable: 'CONNECTOR_MODEL_OPERATIONS_PORT' },
  },
];

export const MODEL_REPLICAS = { 'sink-model': 2, 'connector-model': 2 };

/** Bundled as the product's services are. The ledger's, too: it must know the vendor. */
const BUNDLED = { 'connector-model': 'connector-main', 'sink-model': 'sink-main', ledger: 'ledger-main' } as const;

/** The program of a process, a replica's as its service's; null: the checkout's own. */
export function programOfModel(root: string, process: string): string | null {
  if (process === 'simulator') return join(root, PROOF, 'src/model-vendor/simulator/main.ts');
  const [, program] = Object.entries(BUNDLED).find(([name]) => process === name || process === `${name}-2`) ?? [];
  return program === undefined ? null : join(root, PROOF, 'dist/model-vendor', program, 'main.js');
}

/** Bundles the programs by the product's own configuration. @throws Error with the bundler's words */
export async function bundleModelPrograms(root: string): Promise<void> {
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  await Promise.all(
    Object.values(BUNDLED).map((program) => {
      const environment = `SERVICE:${PROOF},PROGRAM:model-vendor/${program}`;
      const words = [rolldown, '--config', 'rolldown.config.ts', '--environment', environment];
      return promisify(execFile)(process.execPath, words, { cwd: root });
    }),
  );
}

/** The systems, and the connections to them. */
export const SYSTEMS = ['left', 'right'] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** Whose value counts where both sides changed a group; of the group that is missing here, the later one. */
export const OWNERS = { name: 'left', phone: 'right' } as const;

/** Two connections of the model vendor, each source and target of the other. @param port of the simulator */
export function describeModelSettings(port: number, requestTimeoutMs: number, visibleWithinMs: number) {
  return {
    connections: SYSTEMS.map((id) => ({
      id,
      label: id,
      vendor: 'model',
      active: true,
      settings: {
        baseUrl: `http://127.0.0.1:${port}/model/${id}`,
        allowedAddresses: ['loopback'],
        poll: { intervalSeconds: 5 },
        requestTimeoutMs,
        visibleWithinMs,
      },
      secrets: { token: TOKEN, webhookSecret: WEBHOOK_SECRET },
    })),
    flows: [
      describeFlow('left', 'right', { sourceOfTruth: { name: 'source', phone: 'target' } }),
      // It mirrors the other's rule.
      describeFlow('right', 'left', {}),
    ],
  };
}

function describeFlow(from: SystemName, to: SystemName, settings: Readonly<Record<string, unknown>>) {
  return { entity: 'customer', from, to, active: true, settings: { ...settings } };
}
