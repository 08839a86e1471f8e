/** What was asked for on the command line. */
export interface StackArguments {
  /** Forget all data first. */
  fresh: boolean;
  /** Only the servers, for those who run our processes by hand. */
  infraOnly: boolean;
  help: boolean;
}

export const USAGE = `npm start                      starts everything; Ctrl-C stops it
npm start -- --fresh           forgets all data of earlier runs first
npm start -- --only infra      starts Kafka, MongoDB and the schema registry only`;

/** The command line cannot be read; the message says why and what can be said. */
export class ArgumentError extends Error {}

/** @throws ArgumentError for anything unknown */
export function parseArguments(words: readonly string[]): StackArguments {
  const parsed: StackArguments = { fresh: false, infraOnly: false, help: false };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--fresh') parsed.fresh = true;
    else if (word === '--help' || word === '-h') parsed.help = true;
    else if (word === '--only' || word.startsWith('--only=')) {
      const what = word === '--only' ? rest.shift() : word.slice('--only='.length);
      if (what !== 'infra') throw new ArgumentError(`--only knows "infra", not "${what ?? ''}".\n${USAGE}`);
      parsed.infraOnly = true;
    } else throw new ArgumentError(`"${word}" is not known.\n${USAGE}`);
  }
  return parsed;
}
