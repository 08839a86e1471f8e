import type { Clock } from '@entrepot/runtime-kit';

/**
 * How long a routing waits for the first attempt to report it: a delivery on hold shows within this time and the
 * ledger's own delay.
 */
export const ROUTING_PATIENCE_MS = 1_000;

/** A delivery whose first report the router waits for. */
export interface ExpectedAttempt {
  /**
   * @returns whether the lane of this process has reported the delivery, and with it the routing, in time
   * @throws the signal's reason when it aborts: the router's record is then read again
   */
  isTold(signal: AbortSignal): Promise<boolean>;
  /** Nothing was appended: nothing is waited for. */
  drop(): void;
}

/**
 * Where the router's decision meets the lane's first attempt in the same process: a routing that the attempt has
 * reported needs no report of its own. Waits only where that can help: not for a lane whose last first attempt came too
 * late (it is held, slow, or another process's).
 */
export class FirstAttempts {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, () => void>();
  /** By target connection: how long after its routing the last first attempt was reported, ms. */
  readonly #lags = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * To be called before the delivery is appended to its lane, which may be quicker than the append's answer.
   * @returns null when the routing is to be reported right away
   */
  expect(to: string, deliveryId: string): ExpectedAttempt | null {
    if ((this.#lags.get(to) ?? 0) > ROUTING_PATIENCE_MS) return null;
    const told = new Promise<true>((resolve) => this.#waiting.set(deliveryId, () => resolve(true)));
    const drop = (): void => void this.#waiting.delete(deliveryId);
    return {
      drop,
      isTold: async (signal) => {
        const waited = new AbortController();
        const either = AbortSignal.any([signal, waited.signal]);
        const patience = this.#clock.sleep(ROUTING_PATIENCE_MS, either).then(() => false);
        try {
          const isTold = await Promise.race([told, patience]);
          if (!isTold) this.#lags.set(to, Number.POSITIVE_INFINITY);
          return isTold;
        } finally {
          drop();
          waited.abort();
          patience.catch(() => {});
        }
      },
    };
  }

  /** The lane's report about a delivery, with its routing, is acknowledged. */
  told(to: string, deliveryId: string, routedAtMicros: number): void {
    this.#lags.set(to, (this.#clock.nowMicros() - routedAtMicros) / 1_000);
    this.#waiting.get(deliveryId)?.();
  }
}
