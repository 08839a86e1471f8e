import { PRIVATE_VARIABLES, type ServiceEntry } from './catalogue.ts';

/** What one process is told of what all are: of the private variables only those that it reads. */
export function environmentOf(entry: Pick<ServiceEntry, 'reads'>, common: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hidden: readonly string[] = PRIVATE_VARIABLES.filter((name) => !entry.reads.includes(name));
  return Object.fromEntries(Object.entries(common).filter(([name]) => !hidden.includes(name)));
}
