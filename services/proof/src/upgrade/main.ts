import { fileURLToPath } from 'node:url';
import { type Command, readCommandLine } from '@entrepot/service-kit/command-line';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { runUpgrade } from './run-upgrade.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const options = { from: { type: 'string' } } as const;
const UPGRADE_COMMAND: Command<typeof options, { readonly from: string | null }> = {
  usage: `npm run upgrade -- [--from REF]
Without --from: the newest release in deploy/releases.json. A release's name, or whatever Git knows by it.`,
  options,
  read: ({ from = null }) => ({ from }),
};

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(release: string | null, signal: AbortSignal): Promise<number> {
  const from = await findRelease(ROOT, release);
  const { records, left, readyMs, republishedMs, findings } = await runUpgrade(ROOT, from, signal, tell);
  tell(
    `${records} records of ${from.name}: ready after ${(readyMs / 1_000).toFixed(1)} s, all states in the newer schemas ` +
      `${(republishedMs / 1_000).toFixed(1)} s after the connector's start; found ${findings.length}`,
  );
  const counts = Object.entries(left).map(([what, count]) => `${what} ${count}`);
  tell(`left open by ${from.name}, and ended: ${counts.join(' · ')}`);
  for (const { id, what } of findings) tell(`  ${id}: ${what}`);
  return findings.length === 0 ? 0 : 1;
}

const args = readCommandLine(UPGRADE_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  process.exit(await main(args.from, interrupted.signal));
} catch (error) {
  if (error instanceof NoSuchRelease) process.exit(tellSkipped('upgrade', error, tell));
  tell(`The run broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(1);
}
