/** Tags as a shop returns them: unique without regard to case, in alphabetical order. */
export function sortTags(tags: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const tag of tags.map((one) => one.trim())) {
    const key = tag.toLowerCase();
    if (tag !== '' && !byKey.has(key)) byKey.set(key, tag);
  }
  return [...byKey.values()].sort((a, b) => (a < b ? -1 : 1));
}
