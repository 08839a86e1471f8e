import type { BudgetLimits, Shortage } from '@entrepot/vendor-kit';

/** Why calls wait, by what they wait for; the first reason is told, and null when there is none any more. */
export class Shortages {
  readonly #reasons = new Map<'places' | 'points', string>();
  readonly #onChange: (reason: string | null) => void;

  constructor(onChange: (reason: string | null) => void) {
    this.#onChange = onChange;
  }

  tell(of: 'places' | 'points', reason: string | null): void {
    const before = this.#first();
    if (reason === null) this.#reasons.delete(of);
    else this.#reasons.set(of, reason);
    if (this.#first() !== before) this.#onChange(this.#first());
  }

  end(): void {
    for (const of of [...this.#reasons.keys()]) this.tell(of, null);
  }

  #first(): string | null {
    const [first = null] = this.#reasons.values();
    return first;
  }
}

export function describeWait(calls: number, pausedForMs: number, { concurrency, requests }: BudgetLimits): string {
  if (pausedForMs > 0)
    return `The vendor asked for a pause; ${countCalls(calls)} for ${Math.ceil(pausedForMs / 1_000)} s.`;
  const limits = [`${concurrency} at once`, ...requests.map(({ count, seconds }) => `${count} in ${seconds} s`)];
  return `${countCalls(calls)} for the connection's budget (${limits.join(', ')}; settings.budget).`;
}

export function describePoints({ waiting, status }: Shortage): string {
  const left =
    status === null
      ? ''
      : `: ${status.available} of ${status.maximum} points are left, ${status.restoredPerSecond} come back a second`;
  return `The vendor's points for calls are short${left}; ${countCalls(waiting)}.`;
}

function countCalls(count: number): string {
  return count === 1 ? '1 call waits' : `${count} calls wait`;
}
