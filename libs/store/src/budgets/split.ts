/** One that wants a part of a limit. */
export interface Claim {
  readonly wanted: number;
  /** What it may use now: those with the least come first where a limit cannot be split evenly. */
  readonly cap: number;
  /** Since when it gets less than it wants; null when it has all. */
  readonly hungrySinceMs: number | null;
  readonly id: string;
}

/** In the order in which they have their turn: those who have least, then those who wait longest. */
export function sortByTurn<C extends Claim>(claims: readonly C[]): C[] {
  return [...claims].sort(compareTurns);
}

/**
 * Splits whole units evenly, to nobody more than it wants (max-min fair). Units that cannot be split go to those who have the least, and
 * among them to those who wait longest: a single unit therefore goes round among all who want it.
 */
export function splitEvenly(units: number, claims: readonly Claim[]): ReadonlyMap<string, number> {
  const shares = new Map(claims.map(({ id }) => [id, 0]));
  let left = units;
  let open = sortByTurn(claims);
  const give = (claim: Claim, count: number): void => {
    shares.set(claim.id, (shares.get(claim.id) ?? 0) + count);
    left -= count;
  };
  const missing = ({ id, wanted }: Claim): number => wanted - (shares.get(id) ?? 0);
  for (;;) {
    open = open.filter((claim) => missing(claim) > 0);
    const level = open.length === 0 ? 0 : Math.floor(left / open.length);
    if (level === 0) break;
    for (const claim of open) give(claim, Math.min(level, missing(claim)));
  }
  for (const claim of open.slice(0, Math.max(0, left))) give(claim, 1);
  return shares;
}

function compareTurns(a: Claim, b: Claim): number {
  if (a.cap !== b.cap) return a.cap - b.cap;
  const [since, other] = [a.hungrySinceMs ?? Number.POSITIVE_INFINITY, b.hungrySinceMs ?? Number.POSITIVE_INFINITY];
  if (since !== other) return since < other ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
