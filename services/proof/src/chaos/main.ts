import { writeFileSync } from 'node:fs';
import { readCommandLine } from '@entrepot/service-kit/command-line';
import { CHAOS_COMMAND } from './arguments.ts';
import { type ChaosReport, describeReport, describeSeries, hasFailed, isBroken, sumUp } from './report.ts';
import { runChaos } from './run-chaos.ts';

const INTERRUPTED_EXIT_CODE = 130;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

const args = readCommandLine(CHAOS_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  const reports: ChaosReport[] = [];
  for (const seed of args.seeds) {
    const report = await runChaos({ ...args, seed }, interrupted.signal, tell);
    tell(describeReport(report));
    reports.push(report);
    // After each run: earlier findings are kept even if the next run breaks off.
    const result = args.seeds.length === 1 ? report : sumUp(reports);
    if (args.json !== null) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
    if (isBroken(report)) break;
  }
  if (args.seeds.length > 1) tell(describeSeries(sumUp(reports)));
  process.exit(reports.some(hasFailed) ? 1 : 0);
} catch (error) {
  tell(interrupted.signal.aborted ? 'Stopped.' : `Chaos broke off: ${error instanceof Error ? error.stack : error}`);
  process.exit(interrupted.signal.aborted ? INTERRUPTED_EXIT_CODE : 1);
}
