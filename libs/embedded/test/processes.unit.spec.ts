import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InfraError, spawnOwned, startReaper } from '../src/index.ts';
import { waitUntilReady } from '../src/processes/child.ts';
import { foreignEnvironment } from '../src/processes/foreign-environment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it('ends the children of a process that was killed with no chance to say anything', async () => {
  const parent = spawn(
    process.execPath,
    [fileURLToPath(new URL('./owned-child.ts', import.meta.url)), join(folder, 'log')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
  const wasAlive = isAlive(pid);
  parent.kill('SIGKILL');
  expect(wasAlive).toBe(true);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000, interval: 50 });
});

it('stops a child that ignores the request by force', async () => {
  const reaper = startReaper();
  const script = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)";
  const child = await spawnOwned(
    { name: 'stubborn', command: process.execPath, args: ['-e', script], logFile: join(folder, 'log') },
    reaper,
  );
  await child.stop(200);
  expect(child.isRunning()).toBe(false);
  await reaper.close();
});

it('says in one line why a child died while starting, from its log', async () => {
  const reaper = startReaper();
  const script = "console.error('fatal: the data folder is locked'); process.exit(3)";
  const child = await spawnOwned(
    { name: 'Kafka', command: process.execPath, args: ['-e', script], logFile: join(folder, 'log') },
    reaper,
  );
  const error = await waitUntilReady(child, async () => false, 5_000).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(InfraError);
  expect((error as Error).message).toBe(
    `Kafka ended while starting (exit code 3): fatal: the data folder is locked – see ${join(folder, 'log')}.`,
  );
  await reaper.close();
});

it('says that a program cannot be started', async () => {
  const reaper = startReaper();
  const spec = { name: 'MongoDB', command: join(folder, 'mongod'), args: [], logFile: join(folder, 'log') };
  await expect(spawnOwned(spec, reaper)).rejects.toThrow(/^MongoDB cannot be started: .*ENOENT/);
  await reaper.close();
});

it('tells servers nothing of our own settings, secrets among them', () => {
  const env = { PATH: '/bin', JAVA_HOME: '/java', ENTREPOT_ADMIN_TOKEN: 'token', ENTREPOT_MASTER_KEY: 'key' };
  expect(foreignEnvironment(env)).toEqual({ PATH: '/bin', JAVA_HOME: '/java' });
});
