import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, readCommandLine, readNumber } from '@entrepot/service-kit/command-line';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { hasFindings, type RollingReport, runRolling } from './run-rolling.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const options = { from: { type: 'string' }, seed: { type: 'string' }, json: { type: 'string' } } as const;
interface RollingArguments {
  readonly from: string | null;
  readonly seed: number;
  readonly json: string | null;
}
const ROLLING_COMMAND: Command<typeof options, RollingArguments> = {
  usage: `npm run rolling -- [--from REF] [--seed S] [--json FILE]
Without --from: the newest release in deploy/releases.json. A release's name, or whatever Git knows by it.`,
  options,
  read: ({ from = null, seed, json = null }) => ({ from, seed: readNumber('--seed', seed) ?? 1, json }),
};

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ sent, edits, cancellations, settledAfterMs, awayMs, findings }: RollingReport): string {
  const longestS = (Math.max(...Object.values(awayMs)) / 1_000).toFixed(1);
  return [
    `${sent} orders, ${edits} edits, ${cancellations} cancellations; ${Object.keys(awayMs).length} processes replaced, each away for at most ${longestS} s`,
    Object.entries(findings)
      .map(([kind, found]) => `${kind} ${found.length}`)
      .join(' · '),
    `settled ${(settledAfterMs / 1_000).toFixed(1)} s after the last order`,
    ...Object.entries(findings).flatMap(([kind, found]) => found.map(({ id, what }) => `  ${kind}: ${id}: ${what}`)),
  ].join('\n');
}

async function main({ seed, json, ...wanted }: RollingArguments, signal: AbortSignal): Promise<number> {
  const from = await findRelease(ROOT, wanted.from);
  const report = await runRolling({ root: ROOT, from, seed }, signal, tell);
  tell(describe(report));
  if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return hasFindings(report) ? 1 : 0;
}

const args = readCommandLine(ROLLING_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  process.exit(await main(args, interrupted.signal));
} catch (error) {
  if (error instanceof NoSuchRelease) process.exit(tellSkipped('rolling restart', error, tell));
  tell(`The run broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(1);
}
