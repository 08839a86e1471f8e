import { type Command, CommandLineError } from '@entrepot/service-kit/command-line';
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
}

const options = {
  fresh: { type: 'boolean' },
  only: { type: 'string' },
  separate: { type: 'boolean' },
  vendors: { type: 'string', multiple: true },
} as const;

export const STACK_COMMAND: Command<typeof options, StackArguments> = {
  usage: `npm start                        starts everything, with the vendors that have a connection; Ctrl-C stops it
npm start -- --vendors <names>   runs these vendors too, names with commas between: ${VENDORS.map(({ name }) => name).join(', ')}
npm start -- --separate          gives each connector and sink a process of its own, as in production; with --vendors of these vendors alone
npm start -- --fresh             forgets all data of earlier runs first
npm start -- --only infra        starts Kafka, MongoDB and the schema registry only`,
  options,
  read({ fresh = false, only, separate = false, vendors = [] }) {
    if (only !== undefined && only !== 'infra') throw new CommandLineError(`--only knows "infra", not "${only}".`);
    return { fresh, infraOnly: only === 'infra', separate, vendors: vendors.flatMap(readVendors) };
  },
};

function readVendors(list: string): string[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !VENDORS.some((vendor) => vendor.name === name));
  if (unknown.length > 0) {
    const known = VENDORS.map(({ name }) => name).join(', ');
    throw new CommandLineError(`There is no vendor "${unknown.join('", "')}": known are ${known}.`);
  }
  return names;
}
