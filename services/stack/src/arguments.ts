import { parseArgs } from 'node:util';
import { VENDORS } from '@entrepot/vendors';

/** What was asked for on the command line. */
export interface StackArguments {
  /** Forget all data first. */
  readonly fresh: boolean;
  /** Only the servers, for those who run our processes by hand. */
  readonly infraOnly: boolean;
  /** A process for each connector and sink. */
  readonly separate: boolean;
  /** Vendors that run though they have no connection. */
  readonly vendors: readonly string[];
  readonly help: boolean;
}

export const USAGE = `npm start                        starts everything, with the vendors that have a connection; Ctrl-C stops it
npm start -- --vendors sap-b1    runs these vendors too (names with commas between): ${VENDORS.map(({ name }) => name).join(', ')}
npm start -- --separate          gives each connector and sink a process of its own, as in production
npm start -- --fresh             forgets all data of earlier runs first
npm start -- --only infra        starts Kafka, MongoDB and the schema registry only`;

/** The command line cannot be read; the message says why and what can be said. */
export class ArgumentError extends Error {}

/** @throws ArgumentError for anything unknown */
export function parseArguments(words: readonly string[]): StackArguments {
  const { fresh, only, separate, vendors, help } = readOptions(words);
  if (only !== undefined && only !== 'infra') throw new ArgumentError(`--only knows "infra", not "${only}".\n${USAGE}`);
  return { fresh, infraOnly: only === 'infra', separate, vendors: vendors.flatMap(readVendors), help };
}

function readOptions(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        fresh: { type: 'boolean', default: false },
        only: { type: 'string' },
        separate: { type: 'boolean', default: false },
        vendors: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message}\n${USAGE}`);
  }
}

function readVendors(list: string): string[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !VENDORS.some((vendor) => vendor.name === name));
  if (unknown.length > 0) throw new ArgumentError(`There is no vendor "${unknown.join('", "')}".\n${USAGE}`);
  return names;
}
