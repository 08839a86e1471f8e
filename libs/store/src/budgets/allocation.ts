/** What a connection's calls may be, of all its holders together. */
export interface BudgetLimit {
  /** Tells the limits of a connection apart, e.g. `concurrency`, `interval:60000`. */
  readonly name: string;
  readonly count: number;
  /** Calls count for this long after they were made; 0 = only while they are under way. */
  readonly windowMs: number;
}

/** What a holder needs of one limit. */
export interface Need {
  readonly limit: BudgetLimit;
  /** The most that it may be using until it reads the answer: its cap, or what is in use where that is more. */
  readonly held: number;
  /** What it uses, and what waits. */
  readonly wanted: number;
}

export interface ShareRequest {
  /** One side of a connection in one process, e.g. `sink-sap-b1 …`; never the same again after a restart. */
  readonly holder: string;
  /** Rises with each request of the holder: an earlier one that was delayed on its way must not undo a later one. */
  readonly turn: number;
  readonly needs: readonly Need[];
  readonly leaseMs: number;
  /** The vendor asked for a pause of so long; null = it did not since the last request. */
  readonly pauseMs: number | null;
  /** Calls that wait for a share, and for how long the first does. */
  readonly waiting: number;
  readonly waitingMs: number;
}

/** What a holder may use of one limit while its lease lasts. */
export interface Allowance {
  readonly name: string;
  readonly cap: number;
  /** It is due more, as soon as others have given it up. */
  readonly owed: boolean;
}

export interface Share {
  readonly allowances: readonly Allowance[];
  /** No call is made for so long: the vendor asked one of the holders for it. */
  readonly pausedForMs: number;
}

/** A part of a limit, as the holder has it. */
export interface HeldPart {
  readonly name: string;
  readonly windowMs: number;
  /** Not free for others while the lease lasts, and `windowMs` after it. Never below what the holder may be using. */
  readonly booked: number;
  readonly cap: number;
  readonly wanted: number;
  readonly hungrySince: Date | null;
}

export interface BudgetHolder {
  readonly id: string;
  readonly turn: number;
  readonly leaseUntil: Date;
  /** It gave its share back, rather than let it end. */
  readonly released: boolean;
  readonly waiting: number;
  readonly waitsSince: Date | null;
  readonly parts: readonly HeldPart[];
}

/** The shares of one connection's budget. `_id` = connection id. Times are the database's. */
export interface BudgetDocument {
  readonly _id: string;
  readonly revision: number;
  readonly renewedAt: Date;
  readonly pausedUntil: Date | null;
  readonly holders: readonly BudgetHolder[];
}

/**
 * Renews a holder's share: what it gets is free for it now, what it must give up stays booked until its next request shows that it has.
 * So the booked parts never exceed a limit, and no more is used than is booked. Pure.
 * @returns null when a later request of the holder came first
 */
export function renewShare(
  before: BudgetDocument,
  request: ShareRequest,
  nowMs: number,
): { readonly after: BudgetDocument; readonly share: Share } | null {
  if (isOvertaken(before, request)) return null;
  const holders = honourAfterOutage(before, request.leaseMs, nowMs).filter((holder) => isCounted(holder, nowMs));
  const own = holders.find(({ id }) => id === request.holder);
  const others = holders.filter(({ id }) => id !== request.holder);
  const pausedUntilMs = Math.max(before.pausedUntil?.getTime() ?? 0, nowMs + (request.pauseMs ?? 0));
  const renewed = request.needs.map((need) => renewPart(need, request, own, others, nowMs));
  const holder: BudgetHolder = {
    id: request.holder,
    turn: request.turn,
    leaseUntil: new Date(nowMs + request.leaseMs),
    released: false,
    waiting: request.waiting,
    waitsSince: request.waiting === 0 ? null : new Date(nowMs - request.waitingMs),
    parts: renewed.map(({ part }) => part),
  };
  return {
    after: {
      _id: before._id,
      revision: before.revision + 1,
      renewedAt: new Date(nowMs),
      pausedUntil: pausedUntilMs > nowMs ? new Date(pausedUntilMs) : null,
      holders: [...others, holder],
    },
    share: {
      allowances: renewed.map(({ part, owed }) => ({ name: part.name, cap: part.cap, owed })),
      pausedForMs: pausedUntilMs - nowMs,
    },
  };
}

/** A holder gives its share back. */
export interface ShareReturn {
  readonly holder: string;
  readonly turn: number;
  /** What it used of each limit within its window: the vendor still counts that. */
  readonly used: Readonly<Record<string, number>>;
}

/** Ends a holder's share: others may have it immediately, except what the vendor still counts. */
export function releaseShare(before: BudgetDocument, given: ShareReturn, nowMs: number): BudgetDocument {
  if (isOvertaken(before, given)) return before;
  const holders = before.holders
    .map((each): BudgetHolder => {
      if (each.id !== given.holder) return each;
      const parts = each.parts.map((part) => ({ ...part, booked: given.used[part.name] ?? 0, cap: 0, wanted: 0 }));
      const ended = { leaseUntil: new Date(nowMs), released: true, waiting: 0, waitsSince: null };
      return { ...each, ...ended, turn: given.turn, parts };
    })
    .filter((each) => isCounted(each, nowMs));
  return { ...before, revision: before.revision + 1, renewedAt: new Date(nowMs), holders };
}

function isOvertaken(
  { holders }: BudgetDocument,
  { holder, turn }: { readonly holder: string; readonly turn: number },
): boolean {
  const own = holders.find(({ id }) => id === holder);
  return own !== undefined && turn <= own.turn;
}

/** What holders of running leases book of a limit, and what the vendor still counts of those that have ended. */
export function countBooked(holders: readonly BudgetHolder[], { name, windowMs }: BudgetLimit, nowMs: number): number {
  return holders
    .filter(({ leaseUntil }) => nowMs < leaseUntil.getTime() + windowMs)
    .reduce((sum, { parts }) => sum + (parts.find((part) => part.name === name)?.booked ?? 0), 0);
}

function renewPart(
  { limit, held, wanted }: Need,
  { holder: id, leaseMs }: ShareRequest,
  own: BudgetHolder | undefined,
  others: readonly BudgetHolder[],
  nowMs: number,
): { readonly part: HeldPart; readonly owed: boolean } {
  const { name, count, windowMs } = limit;
  const former = own?.parts.find((part) => part.name === name);
  const live = others.filter(({ leaseUntil }) => nowMs < leaseUntil.getTime());
  const spent = countBooked(others, limit, nowMs) - countBooked(live, limit, nowMs);
  const claims = [
    describeClaim(id, wanted, former),
    ...live.map((each) => {
      const part = each.parts.find((candidate) => candidate.name === name);
      return describeClaim(each.id, part?.wanted ?? 0, part);
    }),
  ];
  const units = Math.max(0, count - spent);
  const wantedShares = splitEvenly(units, claims);
  const left = units - [...wantedShares.values()].reduce((sum, share) => sum + share, 0);
  // A share beyond the demand saves the wait for the next one. One unit is kept back, so that a newcomer need not wait for others to give
  // theirs back. What the vendor counts for longer than a lease is not given in advance: it would be lost for that long with a killed holder.
  const spare = windowMs <= leaseMs ? Math.floor(Math.max(0, left - 1) / claims.length) : 0;
  const due = (wantedShares.get(id) ?? 0) + spare;
  // What those are owed whose turn is before ours is theirs as it comes free: otherwise two could hand it to each other for ever.
  const turns = sortByTurn(claims);
  const owedBefore = turns
    .slice(
      0,
      turns.findIndex((claim) => claim.id === id),
    )
    .reduce((sum, claim) => sum + Math.max(0, (wantedShares.get(claim.id) ?? 0) - claim.booked), 0);
  const cap = Math.max(0, Math.min(due, count - countBooked(others, limit, nowMs) - owedBefore));
  const hungrySince =
    cap >= wanted ? null : cap > (former?.cap ?? 0) ? new Date(nowMs) : (former?.hungrySince ?? new Date(nowMs));
  return { part: { name, windowMs, booked: Math.max(held, cap), cap, wanted, hungrySince }, owed: cap < due };
}

interface BookedClaim extends Claim {
  readonly booked: number;
}

function describeClaim(id: string, wanted: number, part: HeldPart | undefined): BookedClaim {
  const { cap = 0, booked = 0, hungrySince = null } = part ?? {};
  return { id, wanted, cap, booked, hungrySinceMs: hungrySince?.getTime() ?? null };
}

/**
 * Holders renew several times within a lease. When none has for half a lease, the database was away (or all were idle, and have released
 * what they had): holders go on with their last shares then, so each has one more lease to renew before its share counts as given up.
 */
function honourAfterOutage(
  { holders, renewedAt }: BudgetDocument,
  leaseMs: number,
  nowMs: number,
): readonly BudgetHolder[] {
  if (nowMs - renewedAt.getTime() <= leaseMs / 2) return holders;
  return holders.map((holder) => (holder.released ? holder : { ...holder, leaseUntil: new Date(nowMs + leaseMs) }));
}

function isCounted({ leaseUntil, parts }: BudgetHolder, nowMs: number): boolean {
  const longestMs = Math.max(0, ...parts.filter(({ booked }) => booked > 0).map(({ windowMs }) => windowMs));
  return nowMs < leaseUntil.getTime() + longestMs;
}

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
function sortByTurn<C extends Claim>(claims: readonly C[]): C[] {
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
