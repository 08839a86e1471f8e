import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseBuild } from '../../releases/release-build.ts';
import type { Bench } from './bench.ts';
import type { BenchReport } from './report.ts';

const MAIN = 'services/proof/src/bench/main.ts';

/**
 * Runs a bench once on an earlier release, in that release's own version: its bench drives its own libraries, so that benches which measure
 * a library in this process compare, too.
 * @returns its figures; `skipped` with the reason when the release lacks the bench, or the run broke off
 */
export async function runBeside(
  build: ReleaseBuild,
  { name, title, peer }: Bench,
  full: boolean,
): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-beside-'));
  try {
    const file = join(folder, 'figures.json');
    const words = [MAIN, name, '--json', file, ...(full ? ['--full'] : [])];
    const { code, output } = await runNode(build.folder, words);
    if (code === 0) {
      const { reports } = JSON.parse(readFileSync(file, 'utf8')) as { reports: readonly BenchReport[] };
      if (reports[0] !== undefined) return reports[0];
    }
    const skipped = `${build.name} ended with ${code}: ${output.trimEnd().slice(-500)}`;
    return { bench: name, title, peer, skipped, loadAverage: [], figures: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runNode(cwd: string, words: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (): void => void child.kill('SIGTERM');
    process.once('SIGINT', end).once('SIGTERM', end);
    let output = '';
    const note = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    const finish = (code: number | null): void => {
      process.off('SIGINT', end).off('SIGTERM', end);
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(null);
    });
    child.once('close', finish);
  });
}
