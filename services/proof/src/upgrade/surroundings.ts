import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, type Reaper } from '@entrepot/embedded';
import { NODE_ENVIRONMENT, NODE_FLAGS, type Stack, startStack } from '@entrepot/stack';
import { parse, stringify } from 'yaml';
import { type ChildProgram, startProgram } from '../bench/harness/programs.ts';
import { withoutGivenServers } from '../chaos/surroundings/stack-home.ts';
import type { ReleaseBuild } from '../releases/release-build.ts';

/** One home, one set of ports, and one outside world for the release and for this checkout. */
export interface Surroundings {
  readonly home: string;
  readonly sandboxUrl: string;
  readonly adminUrl: string;
  readonly kafkaBrokers: string;
  /** The sandbox stays while the product is replaced: it keeps the company's documents. */
  startSandbox(): Promise<ChildProgram>;
  startRelease(build: ReleaseBuild): Promise<ChildProgram>;
  startCheckout(signal: AbortSignal, onNote: (line: string) => void): Promise<Stack>;
  readToken(): string;
}

const PORTS = [
  'KAFKA_PORT',
  'MONGODB_PORT',
  'SCHEMA_REGISTRY_PORT',
  'LEDGER_PORT',
  'SINK_SAP_B1_PORT',
  'CONNECTOR_SHOPIFY_PORT',
] as const;
const START_WITHIN_MS = 120_000;
/** Starts last, when the release's open deliveries have ended: it publishes every state once more, which supersedes open ones. */
export const CONNECTOR = 'connector-shopify';

export async function openSurroundings(root: string, folder: string, reaper: Reaper): Promise<Surroundings> {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const ports = Object.fromEntries(await Promise.all(PORTS.map(async (name) => [name, await findFreePort()] as const)));
  const sandboxPort = await findFreePort();
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  const webhookUrl = `http://127.0.0.1:${ports.CONNECTOR_SHOPIFY_PORT}/webhooks/shop`;
  const env: NodeJS.ProcessEnv = {
    ...withoutGivenServers(),
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    ENTREPOT_HOME: home,
    // Keeps a poll from finding the hinted orders, and from reading republished records again.
    ENTREPOT_POLL_INTERVAL_SECONDS: '3600',
  };
  const readyAt = (port: string): string => `http://127.0.0.1:${ports[port]}/readyz`;

  return {
    home,
    sandboxUrl,
    adminUrl: `http://127.0.0.1:${ports.LEDGER_PORT}`,
    kafkaBrokers: `127.0.0.1:${ports.KAFKA_PORT}`,

    startSandbox: () =>
      startProgram(
        {
          name: 'sandbox',
          args: [...NODE_FLAGS, join(root, 'services', 'sandbox', 'dist', 'main.js')],
          cwd: folder,
          env: {
            ...process.env,
            ...NODE_ENVIRONMENT,
            ENTREPOT_PORT: String(sandboxPort),
            SANDBOX_SHOPIFY_WEBHOOK_URL: webhookUrl,
          },
          logFile: join(folder, 'sandbox.log'),
          readyUrl: `${sandboxUrl}/readyz`,
        },
        reaper,
      ),

    async startRelease(build) {
      // The release's own demo, connected to the sandbox that stays.
      const config = join(folder, 'release.yaml');
      const demo = readFileSync(join(build.folder, 'deploy', 'demo.yaml'), 'utf8');
      writeFileSync(config, writeSettings(demo.replaceAll('http://127.0.0.1:7090', sandboxUrl)));
      const program = await startProgram(
        {
          name: build.name,
          args: [join(import.meta.dirname, 'release-stack-main.ts')],
          cwd: build.folder,
          env: { ...env, RELEASE_FOLDER: build.folder, RELEASE_CONFIG: config },
          logFile: join(folder, 'release.log'),
          readyUrl: readyAt('LEDGER_PORT'),
          readyTimeoutMs: START_WITHIN_MS,
        },
        reaper,
      );
      const deadline = Date.now() + START_WITHIN_MS;
      for (const port of ['SINK_SAP_B1_PORT', 'CONNECTOR_SHOPIFY_PORT']) {
        while (!(await isReady(readyAt(port)))) {
          if (Date.now() > deadline) throw new Error(`${build.name} did not get ready; see ${folder}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      return {
        ...program,
        async stop() {
          await program.stop();
          // The next start truncates its logs.
          for (const name of ['ledger', 'sink-sap-b1', 'connector-shopify'])
            copyFileSync(join(home, 'logs', `${name}.log`), join(folder, `release-${name}.log`));
        },
      };
    },

    startCheckout: (signal, onNote) =>
      startStack({ root, env, anyPorts: true, configFile: null, startLater: [CONNECTOR], signal, onNote }),
    readToken: () => readFileSync(join(home, 'admin-token'), 'utf8').trim(),
  };
}

/** Delays of retries and doubts that outlast the release, so that it ends before them. */
function writeSettings(demo: string): string {
  const config = parse(demo) as {
    connections: { vendor: string; settings: Record<string, unknown> }[];
    flows: { settings: Record<string, unknown> }[];
  };
  for (const { vendor, settings } of config.connections) if (vendor === 'sap-b1') settings.settleMs = 25_000;
  for (const { settings } of config.flows)
    settings.retry = { attempts: 6, firstDelayMs: 40_000, maxDelayMs: 60_000, waitingRecheckMs: 5_000 };
  return stringify(config);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
