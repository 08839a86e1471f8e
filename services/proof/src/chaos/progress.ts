import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StrikeRun } from './strikes/run-strikes.ts';
import type { ChaosStack } from './surroundings/chaos-stack.ts';
import type { Traffic } from './traffic.ts';

const TELL_EVERY_MS = 30_000;
const MEBIBYTE = 2 ** 20;

/** Reports every half minute how far the run is and how much it has written. @returns stops it */
export function followProgress(
  chaos: ChaosStack,
  traffic: Traffic,
  strikes: StrikeRun,
  readArrived: () => Promise<ReadonlySet<unknown>>,
  tell: (line: string) => void,
): () => void {
  const timer = setInterval(async () => {
    try {
      const { size: created } = await readArrived();
      const kills = strikes.struck.reduce((sum, fault) => sum + fault.kills, 0);
      tell(
        `  ${traffic.sent.size} orders placed, ${created} in the company, ${kills} kills; written: ${describeSizes(chaos)}`,
      );
    } catch (error) {
      tell(`  the sandbox could not be asked how far it is: ${(error as Error).message}`);
    }
  }, TELL_EVERY_MS);
  return () => clearInterval(timer);
}

function describeSizes({ stack, home }: ChaosStack): string {
  const folders = {
    Kafka: join(stack.home.infraDir, 'kafka'),
    MongoDB: join(stack.home.infraDir, 'mongo'),
    logs: join(home, 'logs'),
  };
  return Object.entries(folders)
    .map(([name, folder]) => `${name} ${Math.round(measureFolder(folder) / MEBIBYTE)} MB`)
    .join(', ');
}

/** Bytes that a folder's files occupy on the disk. */
function measureFolder(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    // Blocks instead of lengths: indexes are sparse files. A file that is gone meanwhile counts as nothing.
    bytes += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return bytes;
}
