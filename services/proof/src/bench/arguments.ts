export interface BenchArguments {
  readonly names: readonly string[];
  readonly json: string | null;
  readonly against: string | null;
  readonly beside: string | null;
  readonly runs: number;
  readonly full: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench                          every bench, one short run each
npm run bench -- ingest sink           only these
  --runs N                             so often each (figures to publish: 3 or more)
  --full                               longer runs and the large growth profile
  --json FILE                          figures as JSON
  --against FILE                       a column with the ratio to an earlier FILE
  --beside RELEASE                     the same bench on that release, in the same run: its table, and a column with the ratio to it`;

/** The command line cannot be read; the message says why. */
export class ArgumentError extends Error {}

/** @throws ArgumentError for anything unknown */
export function parseArguments(words: readonly string[], known: readonly string[]): BenchArguments {
  const rest = [...words];
  const names: string[] = [];
  let [json, against, beside] = [null as string | null, null as string | null, null as string | null];
  let [runs, full, help] = [1, false, false];
  const value = (option: string): string => {
    const word = rest.shift();
    if (word === undefined) throw new ArgumentError(`${option} needs a value.`);
    return word;
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--json') json = value(word);
    else if (word === '--against') against = value(word);
    else if (word === '--beside') beside = value(word);
    else if (word === '--runs') runs = Number(value(word));
    else if (word === '--full') full = true;
    else if (word === '--help' || word === '-h') help = true;
    else if (known.includes(word)) names.push(word);
    else throw new ArgumentError(`There is no bench "${word}"; known: ${known.join(', ')}.`);
  }
  if (!Number.isInteger(runs) || runs < 1) throw new ArgumentError('--runs needs a whole number above 0.');
  if (against !== null && beside !== null)
    throw new ArgumentError('--against and --beside fill the same column: give one of them.');
  return { names, json, against, beside, runs, full, help };
}
