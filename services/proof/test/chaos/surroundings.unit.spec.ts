import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { mountDataDisk } from '../../src/chaos/surroundings/data-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'entrepot-surroundings-'));
const ends: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

const disk = mountDataDisk(join(folder, 'disk'));
if (disk !== null) ends.push(() => disk.unmount());

describe('the surroundings of a process', () => {
  it.skipIf(disk === null)('a full disk takes nothing more, and takes it again when it is freed', () => {
    const write = (): void => writeFileSync(join(folder, 'disk', 'data'), Buffer.alloc(1_000_000));
    write();
    disk?.fill();
    expect(() => writeFileSync(join(folder, 'disk', 'more'), Buffer.alloc(100_000))).toThrow('ENOSPC');
    disk?.free();
    write();
  });

  it('a skewed clock is wrong while the file says so, and only the clock of day', async () => {
    const file = join(tmpdir(), `entrepot-clock-${process.pid}`);
    const child = spawn(
      process.execPath,
      ['-e', 'setInterval(() => console.log(Date.now(), +new Date(), +new Date(5)), 50)'],
      {
        env: {
          ...process.env,
          CHAOS_CLOCK_FILE: file,
          NODE_OPTIONS: `--import=${new URL('../../src/chaos/surroundings/skewed-clock.ts', import.meta.url).href}`,
        },
      },
    );
    ends.push(
      () => rmSync(file, { force: true }),
      () => child.kill('SIGKILL'),
    );
    const lines = createInterface(child.stdout);
    const isWrongBy = async (ms: number): Promise<boolean> => {
      const [line] = (await once(lines, 'line')) as [string];
      const [now = 0, made = 0, given] = line.split(' ').map(Number);
      expect(given).toBe(5);
      return Math.abs(now - Date.now() - ms) < 10_000 && Math.abs(made - now) < 10_000;
    };
    await expect.poll(() => isWrongBy(0), { timeout: 10_000 }).toBe(true);
    writeFileSync(file, '60000');
    await expect.poll(() => isWrongBy(60_000), { timeout: 10_000 }).toBe(true);
    writeFileSync(file, '0');
    await expect.poll(() => isWrongBy(0), { timeout: 10_000 }).toBe(true);
  });
});
