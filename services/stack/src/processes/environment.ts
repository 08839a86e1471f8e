import { PRIVATE_VARIABLES, type ServiceEntry } from './catalogue.ts';

/** The environment of one process: the common one, with only those private variables that it reads. */
export function environmentOf(entry: Pick<ServiceEntry, 'reads'>, common: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hidden: readonly string[] = PRIVATE_VARIABLES.filter((name) => !entry.reads.includes(name));
  return Object.fromEntries(Object.entries(common).filter(([name]) => !hidden.includes(name)));
}
