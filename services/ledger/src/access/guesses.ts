import { hashToken } from './tokens.ts';

/** Unknown tokens that one address may send in a minute: a person with an old token sends a few, an attacker sends many without pause. */
const WRONG_A_MINUTE = 300;
const MINUTE_MS = 60_000;
/** Maximum of addresses and of tokens kept in memory; the oldest are dropped. */
const MAX_KEPT = 1_000;

/**
 * Limits guesses of tokens: after too many unknown ones in a minute, an address is refused until the next. Tokens that were valid before
 * are still checked, so that an attacker does not lock out others behind one address, e.g. a proxy's.
 */
export class Guesses {
  private readonly now: () => number;
  private readonly wrongOf = new Map<string, { readonly minute: number; count: number }>();
  private readonly known = new Set<string>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** @returns 0 when the token may be checked */
  secondsToWait(address: string, token: string): number {
    const minute = this.minute();
    const wrong = this.wrongOf.get(address);
    if (wrong?.minute !== minute || wrong.count < WRONG_A_MINUTE || this.known.has(hashToken(token))) return 0;
    return Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - this.now()) / 1000));
  }

  wrong(address: string, token: string): void {
    this.known.delete(hashToken(token));
    const minute = this.minute();
    const wrong = this.wrongOf.get(address);
    if (wrong?.minute === minute) wrong.count += 1;
    else keep(this.wrongOf, address, { minute, count: 1 });
  }

  right(token: string): void {
    const hash = hashToken(token);
    if (this.known.has(hash)) return;
    this.known.add(hash);
    const [oldest] = this.known;
    if (this.known.size > MAX_KEPT && oldest !== undefined) this.known.delete(oldest);
  }

  private minute(): number {
    return Math.floor(this.now() / MINUTE_MS);
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest);
}
