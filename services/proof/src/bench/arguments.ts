import { type Command, CommandLineError, readNumber } from '@entrepot/service-kit/command-line';

export interface BenchArguments {
  readonly names: readonly string[];
  readonly json: string | null;
  readonly against: string | null;
  readonly beside: string | null;
  readonly runs: number;
  readonly full: boolean;
}

const options = {
  runs: { type: 'string' },
  full: { type: 'boolean' },
  json: { type: 'string' },
  against: { type: 'string' },
  beside: { type: 'string' },
} as const;

/** @param known the benches there are */
export function describeBenchCommand(known: readonly string[]): Command<typeof options, BenchArguments> {
  return {
    usage: `npm run bench                          every bench, one short run each
npm run bench -- ingest sink           only these
  --runs N                             so often each (figures to publish: 3 or more)
  --full                               longer runs and the large growth profile
  --json FILE                          figures as JSON
  --against FILE                       a column with the ratio to an earlier FILE
  --beside RELEASE                     in pairs with the same bench on that release, first the one and then the other: its table, and
                                       a column with the median of the pairs' ratios`,
    options,
    word: 'a bench',
    read({ runs, full = false, json = null, against = null, beside = null }, names) {
      const unknown = names.find((name) => !known.includes(name));
      if (unknown !== undefined)
        throw new CommandLineError(`There is no bench "${unknown}"; known: ${known.join(', ')}.`);
      if (against !== null && beside !== null)
        throw new CommandLineError('--against and --beside fill the same column: give one of them.');
      return { names, json, against, beside, runs: readNumber('--runs', runs, { from: 1 }) ?? 1, full };
    },
  };
}
