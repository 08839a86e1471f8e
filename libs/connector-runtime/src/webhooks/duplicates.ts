/** A bounded memory of recently acknowledged keys; the oldest is forgotten first. */
export interface RecentKeys {
  has(key: string): boolean;
  add(key: string): void;
}

export function createRecentKeys(limit: number): RecentKeys {
  // Two generations instead of an order per key: at most twice the limit, and no bookkeeping on the way of each webhook.
  let young = new Set<string>();
  let old = new Set<string>();
  return {
    has: (key) => young.has(key) || old.has(key),
    add(key) {
      young.add(key);
      if (young.size < limit) return;
      old = young;
      young = new Set();
    },
  };
}
