import { fileURLToPath } from 'node:url';
import { readCommandLine } from '@entrepot/service-kit/command-line';
import { STACK_COMMAND } from './arguments.ts';
import { createProgressTeller, describeStack } from './report.ts';
import { type Stack, startStack } from './stack.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const INTERRUPTED_EXIT_CODE = 130;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

const args = readCommandLine(STACK_COMMAND);
let stack: Stack | undefined;
const interrupted = new AbortController();

/** The first signal ends everything in order, a second one immediately. */
function onSignal(): void {
  if (interrupted.signal.aborted) {
    tell('Ending at once.');
    stack?.kill();
    process.exit(INTERRUPTED_EXIT_CODE);
  }
  tell('\nStopping … (Ctrl-C again ends at once)');
  interrupted.abort();
  void stack?.stop().then(() => {
    tell('Stopped.');
    process.exit(0);
  });
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

const startedAt = Date.now();
tell(args.infraOnly ? 'Starting Kafka, MongoDB and the schema registry …' : 'Starting Entrepot …');
try {
  stack = await startStack({
    root: ROOT,
    fresh: args.fresh,
    infraOnly: args.infraOnly,
    hosted: !args.separate,
    // A process each: all of them unless some are named.
    ...((!args.separate || args.vendors.length > 0) && { vendors: args.vendors }),
    signal: interrupted.signal,
    onInfra: createProgressTeller(tell),
    onNote: (line) => tell(`  ! ${line}`),
  });
  tell(describeStack(stack, Date.now() - startedAt, args.infraOnly));
} catch (error) {
  if (interrupted.signal.aborted) {
    tell('Stopped.');
    process.exit(INTERRUPTED_EXIT_CODE);
  }
  tell(`\nCannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
