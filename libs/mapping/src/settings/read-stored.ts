import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';

/**
 * Mark of a refinement (`params` of its issue) for values that older releases saved: read as the setting's default until they are
 * corrected. For settings whose default does no harm; all others make the whole unusable.
 */
export const READ_AS_DEFAULT = { readAsDefault: true } as const;

const MAX_ROUNDS = 5;

/**
 * Reads settings that an older release saved, and that the schema would not take any more when they were saved today: numbers beyond
 * their bounds are read as the bound, marked values (see {@link READ_AS_DEFAULT}) as the default. An upgrade then stops no service.
 * @returns null when that is not enough
 */
export function readStored<T>(schema: z.ZodType<T>, stored: unknown): { readonly value: T } | null {
  const value: unknown = structuredClone(stored);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const before = structuredClone(value);
    for (const issue of parsed.error.issues) heal(value, issue);
    if (isDeepStrictEqual(before, value)) return null;
  }
  return null;
}

function heal(root: unknown, issue: z.core.$ZodIssue): void {
  const owner = issue.path.slice(0, -1).reduce<unknown>((at, part) => Object(at)[part], root) as
    | Record<PropertyKey, unknown>
    | undefined;
  const name = issue.path.at(-1);
  if (owner === undefined || name === undefined || !Object.hasOwn(owner, name)) return;
  if (issue.code === 'too_big' && typeof owner[name] === 'number') owner[name] = Number(issue.maximum);
  else if (issue.code === 'too_small' && typeof owner[name] === 'number') owner[name] = Number(issue.minimum);
  else if (issue.code === 'custom' && issue.params?.['readAsDefault'] === true) delete owner[name];
}
