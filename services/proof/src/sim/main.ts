import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, CommandLineError, readCommandLine, readNumber } from '@entrepot/service-kit/command-line';
import { MUTANTS } from './mutants.ts';
import { catchMutant, playSeeds } from './play.ts';
import { runSeed } from './run.ts';
import { isFaultOf, type RunResult } from './run-result.ts';

const DEFAULT_SEEDS = 20_000;
const options = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  seed: { type: 'string' },
  minutes: { type: 'string' },
  mutants: { type: 'boolean' },
  mutant: { type: 'string' },
  json: { type: 'string' },
  threads: { type: 'string' },
} as const;
interface SimArguments {
  readonly seeds: number;
  readonly from: number;
  readonly seed: number | null;
  readonly minutes: number | null;
  readonly mutants: typeof MUTANTS | null;
  readonly json: string | null;
  readonly threads: number;
}
const SIM_COMMAND: Command<typeof options, SimArguments> = {
  usage: `Plays seeded simulations of the delivery path and checks every promise.

  --seeds N      how many seeds (default ${DEFAULT_SEEDS}), from 1 or --from on
  --from S       the first seed
  --seed S       replay one seed, exactly, and tell each event
  --minutes M    as many seeds as fit into that time
  --mutants      instead: put known mistakes into the code and see each one caught; --mutant NAME: only one
  --json FILE    write the result
  --threads T    default: one per core`,
  options,
  read({ seeds, from, seed, minutes, mutants, mutant, json = null, threads }) {
    return {
      seeds: readNumber('--seeds', seeds, { from: 1 }) ?? DEFAULT_SEEDS,
      from: readNumber('--from', from, { from: 1 }) ?? 1,
      seed: readNumber('--seed', seed, { from: 1 }) ?? null,
      minutes: readNumber('--minutes', minutes, { from: 0.01, fraction: true }) ?? null,
      mutants: mutants || mutant !== undefined ? chooseMutants(mutant) : null,
      json,
      threads: readNumber('--threads', threads, { from: 1 }) ?? availableParallelism(),
    };
  },
};

/** @throws CommandLineError for an unknown mutant */
function chooseMutants(name: string | undefined): typeof MUTANTS {
  const chosen = MUTANTS.filter((mutant) => name === undefined || mutant.name === name);
  if (chosen.length > 0) return chosen;
  throw new CommandLineError(`--mutant is "${name}", not one of: ${MUTANTS.map((mutant) => mutant.name).join('; ')}.`);
}

const args = readCommandLine(SIM_COMMAND);

function report(result: unknown, ok: boolean): void {
  if (args.json !== null) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = ok ? 0 : 1;
}

function tellFaults({ seed, faults }: RunResult): void {
  console.error(`seed ${seed} FAILED; replay it with: npm run test:sim -- --seed ${seed}`);
  for (const fault of faults) console.error(`  ${fault}`);
}

async function replay(seed: number): Promise<void> {
  const result = await runSeed(seed, (line) => console.log(line));
  console.log(JSON.stringify(result, null, 2));
  if (result.faults.length > 0) tellFaults(result);
  report(result, result.faults.length === 0);
}

async function playAll(): Promise<void> {
  const startedMs = Date.now();
  const { minutes, from } = args;
  const end = minutes === null ? from + args.seeds : Number.MAX_SAFE_INTEGER;
  const totals = { seeds: 0, kills: 0, stops: 0, deliveries: 0, writes: 0, simulatedSeconds: 0 };
  const failed: RunResult[] = [];
  const deadlineMs = minutes === null ? null : startedMs + minutes * 60_000;
  const task = { from, end, deadlineMs, mutant: null, untilFaults: null };
  await playSeeds(args.threads, task, (result) => {
    totals.seeds += 1;
    totals.kills += result.kills;
    totals.stops += result.stops;
    totals.deliveries += result.deliveries;
    totals.writes += result.writes;
    totals.simulatedSeconds += result.seconds;
    if (totals.seeds % 2_000 === 0) console.log(`${totals.seeds} seeds, ${failed.length} failed`);
    if (result.faults.length === 0) return;
    failed.push(result);
    tellFaults(result);
  });
  const seconds = (Date.now() - startedMs) / 1_000;
  console.log(
    `${totals.seeds} seeds in ${seconds.toFixed(1)} s (${Math.round(totals.seeds / seconds)}/s): ${totals.kills} kills, ` +
      `${totals.stops} stops, ${totals.deliveries} deliveries, ${totals.writes} writes, ` +
      `${Math.round(totals.simulatedSeconds / 3_600)} simulated hours; ${failed.length} failed`,
  );
  // Each thread reports when it has played its share; a seed without a result has not passed.
  const isComplete = minutes !== null || totals.seeds === end - from;
  if (!isComplete) console.error(`Only ${totals.seeds} of ${end - from} seeds were played.`);
  report({ ...totals, from, seconds, failed }, failed.length === 0 && isComplete);
}

async function playMutants(mutants: typeof MUTANTS): Promise<void> {
  const caught: { readonly name: string; readonly seed: number | null; readonly fault: string | null }[] = [];
  for (const mutant of mutants) {
    const { name, within } = mutant;
    const result = await catchMutant(mutant);
    const fault = result?.faults.find((words) => isFaultOf(words, mutant.breaks)) ?? null;
    caught.push({ name, seed: result?.seed ?? null, fault });
    console.log(
      result === null
        ? `NOT CAUGHT within ${within} seeds: ${name}`
        : `caught by seed ${result.seed}: ${name} (${fault})`,
    );
  }
  report(
    { caught },
    caught.every(({ seed }) => seed !== null),
  );
}

if (args.mutants !== null) await playMutants(args.mutants);
else if (args.seed !== null) await replay(args.seed);
else await playAll();
