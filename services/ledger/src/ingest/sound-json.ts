/** Far more than any report nests, far less than a database or a stack bears. */
const MOST_LEVELS = 32;
/** Names that JavaScript or the database's driver take for more than a name. */
const LOADED_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype', '_bsontype', 'toBSON', 'toJSON'];

/**
 * Says what keeps parsed JSON from being stored as it is (nesting, names with a meaning of their own), or null. A document that the database
 * refuses would be tried again for ever, and hold up those written with it.
 */
export function findUnsound(json: unknown): string | null {
  let level: readonly object[] = isObject(json) ? [json] : [];
  // Level by level and not by recursion: depth is what is in question.
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return `it nests deeper than ${MOST_LEVELS} levels`;
    const next: object[] = [];
    for (const parent of level) {
      if (!Array.isArray(parent)) {
        const loaded = Object.keys(parent).find(isLoaded);
        if (loaded !== undefined) return `it has a member called ${JSON.stringify(loaded.slice(0, 40))}`;
      }
      for (const child of Object.values(parent)) if (isObject(child)) next.push(child);
    }
    level = next;
  }
  return null;
}

function isLoaded(name: string): boolean {
  return name.startsWith('$') || name.includes('\u0000') || LOADED_NAMES.includes(name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
