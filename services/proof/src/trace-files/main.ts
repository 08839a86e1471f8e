import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, CommandLineError, readCommandLine, readNumber } from '@entrepot/service-kit/command-line';
import { obtainBuild } from '../releases/release-build.ts';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { countAll, formatTrace, listTooLong, MAX_LINES } from './report.ts';
import { traceOrder } from './trace-order.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const options = {
  beside: { type: 'string' },
  most: { type: 'string' },
  list: { type: 'boolean' },
  json: { type: 'string' },
} as const;
interface TraceArguments {
  readonly beside: string | null;
  readonly most: number;
  readonly list: boolean;
  readonly json: string | null;
}
const TRACE_COMMAND: Command<typeof options, TraceArguments> = {
  usage: `npm run trace-files -- [--beside RELEASE [--most RATIO]] [--list] [--json FILE]
Which files of ours an order passes, from its webhook to the ledger: what each of three passes, and nothing passes without one. --beside counts the same on an earlier release;
--most fails when there are more than so many times its files. --list names the files.`,
  options,
  read({ beside = null, most, list = false, json = null }) {
    if (most !== undefined && beside === null) throw new CommandLineError('--most needs --beside.');
    return {
      beside,
      most: readNumber('--most', most, { from: 0.01, fraction: true }) ?? Number.POSITIVE_INFINITY,
      list,
      json,
    };
  },
};

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main({ beside, most, list, json }: TraceArguments, signal: AbortSignal): Promise<number> {
  const release = beside === null ? null : await findRelease(ROOT, beside);
  const trace = await traceOrder(ROOT, signal, tell);
  tell(formatTrace('this checkout', trace, list));
  const tooLong = listTooLong(trace);
  for (const { path, lines } of tooLong) tell(`${path} has ${lines} lines, more than ${MAX_LINES}`);
  if (json !== null) writeFileSync(json, `${JSON.stringify([...trace], null, 2)}\n`);
  if (release === null) return tooLong.length === 0 ? 0 : 1;

  tell(`Building ${release.name} (${release.commit.slice(0, 10)}), unless that was done before …`);
  const { folder, name } = await obtainBuild(ROOT, release);
  const before = await traceOrder(folder, signal, tell);
  tell(formatTrace(name, before, list));
  const [now, then] = [countAll(trace), countAll(before)];
  const ratio = now.files / then.files;
  tell(
    `${now.files} files beside ${then.files}: ${ratio.toFixed(2)} ×; lines ${(now.lines / then.lines).toFixed(2)} ×`,
  );
  if (ratio > most) tell(`more than ${most} ×`);
  return tooLong.length === 0 && ratio <= most ? 0 : 1;
}

const args = readCommandLine(TRACE_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  process.exit(await main(args, interrupted.signal));
} catch (error) {
  if (error instanceof NoSuchRelease) process.exit(tellSkipped('trace-files', error, tell));
  tell(`The run broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(1);
}
