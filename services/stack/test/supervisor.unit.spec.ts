import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reaper, startReaper } from '@entrepot/embedded';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Supervised, supervise } from '../src/processes/supervisor.ts';

let folder: string;
let reaper: Reaper;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-supervisor-'));
  reaper = startReaper();
  notes = [];
});
afterEach(async () => {
  await reaper.close();
  rmSync(folder, { recursive: true });
});

function superviseScript(script: string): Supervised {
  const logFile = join(folder, 'log');
  return supervise({
    spec: { name: 'ledger', command: process.execPath, args: ['-e', script], logFile },
    reaper,
    isReady: async () => readFileSync(logFile, 'utf8').includes('up'),
    onNote: (line) => notes.push(line),
    firstDelayMs: 20,
    longestDelayMs: 100,
  });
}

it('starts a killed process again, and says so', async () => {
  const service = superviseScript("console.log('up'); setInterval(() => {}, 1000)");
  await service.start();
  const first = service.pid();
  service.kill();
  await vi.waitFor(() => expect(service.pid() ?? first).not.toBe(first), { timeout: 5_000 });
  await vi.waitFor(() => expect(service.state()).toBe('ready'), { timeout: 5_000 });
  expect(notes[0]).toMatch(/^ledger ended \(SIGKILL\).*Starting it again in 0\.02 s; its log: /);
  await service.stop();
  expect(service.state()).toBe('stopped');
  expect(service.pid()).toBeUndefined();
});

it('gives up one that never gets ready, with its last words', async () => {
  const service = superviseScript("console.error('fatal: no database'); process.exit(1)");
  await expect(service.start()).rejects.toThrow(/^ledger does not start \(exit code 1\): fatal: no database – see /);
  expect(notes).toHaveLength(2);
});

it('does not try again what cannot be configured', async () => {
  const service = superviseScript("console.error('LEDGER_PORT is not a number: error'); process.exit(2)");
  await expect(service.start()).rejects.toThrow('LEDGER_PORT is not a number');
  expect(notes).toEqual([]);
});

it('can be stopped while it starts', async () => {
  const service = superviseScript('setInterval(() => {}, 1000)');
  const started = service.start();
  const refused = expect(started).rejects.toThrow('ledger was stopped before it was ready');
  await vi.waitFor(() => expect(service.pid()).toBeDefined());
  await service.stop();
  await refused;
});
