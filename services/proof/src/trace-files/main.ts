import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { obtainBuild } from '../releases/release-build.ts';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { countAll, formatTrace, listTooLong, MOST_LINES } from './report.ts';
import { traceOrder } from './trace-order.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const USAGE = `npm run trace-files -- [--beside RELEASE [--most RATIO]] [--list] [--json FILE]
Which files of ours one order passes, from its webhook to the ledger. --beside counts the same on an earlier release;
--most fails when there are more than so many times its files. --list names the files.`;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(signal: AbortSignal): Promise<number> {
  const options = {
    beside: { type: 'string' },
    most: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'string' },
  } as const;
  const { values } = parseArgs({ options });
  const most = values.most === undefined ? Number.POSITIVE_INFINITY : Number(values.most);
  if (!(most > 0) || (values.most !== undefined && values.beside === undefined))
    throw new TypeError('--most needs a number above 0, and --beside.');
  const release = values.beside === undefined ? null : await findRelease(ROOT, values.beside);
  const trace = await traceOrder(ROOT, signal, tell);
  tell(formatTrace('this checkout', trace, values.list));
  const tooLong = listTooLong(trace);
  for (const { path, lines } of tooLong) tell(`${path} has ${lines} lines, more than ${MOST_LINES}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify([...trace], null, 2)}\n`);
  if (release === null) return tooLong.length === 0 ? 0 : 1;

  tell(`Building ${release.name} (${release.commit.slice(0, 10)}), unless that was done before …`);
  const { folder, name } = await obtainBuild(ROOT, release);
  const before = await traceOrder(folder, signal, tell);
  tell(formatTrace(name, before, values.list));
  const [now, then] = [countAll(trace), countAll(before)];
  const ratio = now.files / then.files;
  tell(
    `${now.files} files beside ${then.files}: ${ratio.toFixed(2)} ×; lines ${(now.lines / then.lines).toFixed(2)} ×`,
  );
  if (ratio > most) tell(`more than ${most} ×`);
  return tooLong.length === 0 && ratio <= most ? 0 : 1;
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  process.exit(await main(interrupted.signal));
} catch (error) {
  if (error instanceof NoSuchRelease) process.exit(tellSkipped('trace-files', error, tell));
  if (error instanceof TypeError) tell(`${error.message}\n${USAGE}`);
  else tell(`The run broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(1);
}
