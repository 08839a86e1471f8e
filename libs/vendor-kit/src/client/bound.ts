import type { Masker } from '@entrepot/service-kit/masking';
import type { CallBudget } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import type { ErrorGuard } from '../masking.ts';

/** An opened client with the connection that it is bound to, as both sides get it. */
export interface BoundClient {
  readonly client: unknown;
  readonly connection: ConnectionView;
  readonly masker: Masker;
  /** Every call goes through it: its errors are masked, and it counts as under way until it has ended. */
  readonly guard: ErrorGuard;
  readonly budget: CallBudget;
}

/** Calls under way of one client. */
export class CallsUnderWay {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `work`, which counts until what it returns has settled. */
  run<T>(work: () => T): T {
    this.begin();
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.end();
      throw error;
    }
    if (result instanceof Promise) {
      const end = (): void => this.end();
      result.then(end, end);
    } else this.end();
    return result;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when none is under way. */
  settled(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
