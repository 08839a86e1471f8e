import { writeFileSync } from 'node:fs';
import { ArgumentError, type ChaosArguments, parseArguments, USAGE } from './arguments.ts';
import { describeReport, isBroken } from './report.ts';
import { runChaos } from './run-chaos.ts';

const INTERRUPTED_EXIT_CODE = 130;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readArguments(): ChaosArguments {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    tell(error.message);
    process.exit(2);
  }
}

const args = readArguments();
if (args.help) {
  tell(USAGE);
  process.exit(0);
}
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  const report = await runChaos(args, interrupted.signal, tell);
  tell(describeReport(report));
  if (args.json !== null) writeFileSync(args.json, `${JSON.stringify(report, null, 2)}\n`);
  process.exit(isBroken(report) ? 1 : 0);
} catch (error) {
  tell(interrupted.signal.aborted ? 'Stopped.' : `Chaos broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(interrupted.signal.aborted ? INTERRUPTED_EXIT_CODE : 1);
}
