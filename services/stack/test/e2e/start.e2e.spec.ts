import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { StackState } from '../../src/home.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const NOT_GIVEN = ['KAFKA_BROKERS', 'MONGODB_URI', 'SCHEMA_REGISTRY_URL', 'ENTREPOT_ADMIN_TOKEN'];
const PORTS = [
  'KAFKA',
  'MONGODB',
  'SCHEMA_REGISTRY',
  'LEDGER',
  'SANDBOX',
  'SINK_SAP_B1',
  'CONNECTOR_SHOPIFY',
  'CONNECTOR_SHOPIFY_OPERATIONS',
  'HOST',
];

interface StartedCommand {
  process: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}

let home: string;
const started: StartedCommand[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'entrepot-start-'));
});
afterAll(async () => {
  for (const command of started) command.process.kill('SIGKILL');
  await Promise.all(started.map((command) => command.ended));
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
});

/** Runs what `npm start` runs, on free ports and with data of its own. */
function runStart(...words: string[]): StartedCommand {
  const env: NodeJS.ProcessEnv = { ...process.env, ENTREPOT_HOME: home };
  for (const name of NOT_GIVEN) delete env[name];
  for (const name of PORTS) env[`${name}_PORT`] = '0';
  const child = spawn(process.execPath, [MAIN, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const command = {
    process: child,
    output: () => output,
    ended: new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code))),
  };
  started.push(command);
  return command;
}

async function waitUntilReady(command: StartedCommand): Promise<StackState> {
  await vi.waitFor(
    () => {
      if (command.process.exitCode !== null) throw new Error(command.output());
      expect(command.output()).toContain('Ready after');
    },
    { timeout: START_TIMEOUT_MS, interval: 200 },
  );
  return JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as StackState;
}

/** Lines, on the terminal and in the services' logs, with an error of the Kafka client: a first start has none to tell of. */
function findKafkaErrors(output: string): string[] {
  const logs = readdirSync(join(home, 'logs')).map((name) => readFileSync(join(home, 'logs', name), 'utf8'));
  return [output, ...logs].flatMap((text) =>
    text.split('\n').filter((line) => /KafkaJS[A-Z]\w+|node_modules\/kafkajs/.test(line)),
  );
}

function listAlive(state: StackState): string[] {
  return state.processes
    .filter(({ pid }) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    })
    .map(({ name }) => name);
}

function sumMemoryMb(state: StackState): number {
  const readMb = (pid: number): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  return state.processes.reduce((sum, { pid }) => sum + readMb(pid), 0);
}

/** Processes that have a text in their environment or command line. */
function listThoseTold(state: StackState, text: string): string[] {
  return state.processes
    .filter(({ pid }) =>
      ['environ', 'cmdline'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(text)),
    )
    .map(({ name }) => name);
}

it('starts everything, says what runs where, and leaves no process after Ctrl-C', async () => {
  const start = runStart();
  const state = await waitUntilReady(start);
  for (const name of [
    'Kafka',
    'MongoDB',
    'schema registry',
    'sandbox',
    'ledger',
    'SAP Business One sink',
    'Shopify connector',
  ]) {
    expect(start.output()).toMatch(new RegExp(`^ {2}${name}.* ready +\\d+$`, 'm'));
  }
  expect(start.output()).toMatch(/Admin token, shown this once .*: [\w-]{20,}/);
  const token = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${state.adminUrl}/v1/connections`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  expect(items.map(({ id }) => id).sort()).toEqual(['erp', 'shop']);
  expect(findKafkaErrors(start.output())).toEqual([]);
  if (process.platform === 'linux') {
    expect(sumMemoryMb(state)).toBeLessThan(2_048);
    expect(listThoseTold(state, token)).toEqual(['ledger']);
  }

  const second = runStart();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`runs already (process ${start.process.pid})`);

  start.process.kill('SIGINT');
  expect(await start.ended).toBe(0);
  expect(start.output()).toMatch(/Stopped\.\n$/);
  expect(listAlive(state)).toEqual([]);
}, 240_000);

it('keeps its data, starts a crashed service again, and leaves no process when it is killed itself', async () => {
  const start = runStart();
  const state = await waitUntilReady(start);
  expect(start.output()).not.toContain('shown this once');
  const ledger = state.processes.find(({ name }) => name === 'ledger');
  process.kill(ledger?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(start.output()).toMatch(/ledger ended \(SIGKILL\).*Starting it again in 1 s/), 10_000);
  await vi.waitFor(() => expect(start.output()).toContain('ledger is ready again.'), {
    timeout: 30_000,
    interval: 200,
  });

  start.process.kill('SIGKILL');
  await vi.waitFor(() => expect(listAlive(state)).toEqual([]), { timeout: 30_000, interval: 200 });
}, 240_000);
