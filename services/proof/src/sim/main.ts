import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.ts';
import { catchMutant, playSeeds } from './play.ts';
import { runSeed } from './run.ts';
import { isFaultOf, type RunResult } from './run-result.ts';

const DEFAULT_SEEDS = 20_000;
const USAGE = `Plays seeded simulations of the delivery path and checks every promise.

  --seeds N      how many seeds (default ${DEFAULT_SEEDS}), from 1 or --from on
  --from S       the first seed
  --seed S       replay one seed, exactly, and tell each event
  --minutes M    as many seeds as fit into that time
  --mutants      instead: put known mistakes into the code and see each one caught; --mutant NAME: only one
  --json FILE    write the result
  --threads T    default: one per core`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    mutants: { type: 'boolean' },
    mutant: { type: 'string' },
    json: { type: 'string' },
    threads: { type: 'string' },
    help: { type: 'boolean' },
  },
});

function positive(name: 'seeds' | 'from' | 'seed' | 'threads', fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1)
    refuse(`--${name} is "${values[name]}", not a whole number from 1 on.`);
  return value;
}

function readMinutes(): number | null {
  if (values.minutes === undefined) return null;
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) refuse(`--minutes is "${values.minutes}", not a number above 0.`);
  return minutes;
}

function refuse(words: string): never {
  console.error(`${words}\n\n${USAGE}`);
  process.exit(2);
}

function report(result: unknown, ok: boolean): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
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
  const minutes = readMinutes();
  const from = positive('from', 1);
  const end = minutes === null ? from + positive('seeds', DEFAULT_SEEDS) : Number.MAX_SAFE_INTEGER;
  const totals = { seeds: 0, kills: 0, stops: 0, deliveries: 0, writes: 0, simulatedSeconds: 0 };
  const failed: RunResult[] = [];
  const deadlineMs = minutes === null ? null : startedMs + minutes * 60_000;
  const task = { from, end, deadlineMs, mutant: null, untilFaults: null };
  await playSeeds(positive('threads', availableParallelism()), task, (result) => {
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
  // Each thread says when it has played its share; a seed of which nothing is known is no seed that passed.
  const isComplete = minutes !== null || totals.seeds === end - from;
  if (!isComplete) console.error(`Only ${totals.seeds} of ${end - from} seeds were played.`);
  report({ ...totals, from, seconds, failed }, failed.length === 0 && isComplete);
}

async function playMutants(): Promise<void> {
  const caught: { readonly name: string; readonly seed: number | null; readonly fault: string | null }[] = [];
  const asked = MUTANTS.filter(({ name }) => values.mutant === undefined || name === values.mutant);
  if (asked.length === 0)
    refuse(`--mutant is "${values.mutant}", not one of: ${MUTANTS.map(({ name }) => name).join('; ')}.`);
  for (const mutant of asked) {
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

if (values.help === true) console.log(USAGE);
else if (values.mutants === true || values.mutant !== undefined) await playMutants();
else if (values.seed !== undefined) await replay(positive('seed', 1));
else await playAll();
