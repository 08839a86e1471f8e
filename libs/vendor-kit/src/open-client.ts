import { createMasker } from '@entrepot/service-kit/masking';
import type { BoundClient } from './client/bound.ts';
import type { ClientContext } from './client/definition.ts';
import { guardCredentials } from './credentials/vault.ts';
import { createGuard, type ErrorGuard, maskLog } from './masking.ts';
import { bindSource, type Source } from './source/open.ts';
import { bindTarget, type Target } from './target/open.ts';
import type { Vendor } from './vendor.ts';

/** The client of one connection, opened, and the sides that work with it. */
export interface VendorClient {
  /** Null when the vendor has no such side. */
  readonly source: Source | null;
  readonly target: Target | null;
  /** Resolves when no call of either side is under way. */
  settled(): Promise<void>;
  /** Closes it for both sides, whatever is under way. */
  close(): Promise<void>;
}

/**
 * Opens the client of a connection. Everything that the vendor throws, reports, raises and logs is masked here, by the
 * connection's secrets and the credentials that its requests carried, whatever a vendor lib does.
 */
export function openClient(
  { client: definition, source, target }: Pick<Vendor, 'client' | 'source' | 'target'>,
  context: ClientContext,
): VendorClient {
  const { connection, budget } = context;
  const masker = createMasker(connection.secrets);
  const underWay = new CallsUnderWay();
  const masked = createGuard(masker, budget);
  const guard: ErrorGuard = (work) => underWay.run(() => masked(work));
  const client = masked(() =>
    definition.open({
      connection,
      masker,
      log: maskLog(context.log, masker, connection.id),
      now: () => context.now(),
      raiseAttention: (message) => context.raiseAttention(message === null ? null : masker.mask(message)),
      credentials: guardCredentials(context.credentials, masker),
      openCall: (signal) => budget.call(signal),
      points: budget.points,
    }),
  );
  const bound: BoundClient = { client, connection, masker, guard, budget };
  return {
    source: source === null ? null : bindSource(source, bound),
    target: target === null ? null : bindTarget(target, bound),
    settled: () => underWay.settled(),
    close: async () => masked(() => definition.close(client)),
  };
}

/** Calls under way of one client. */
class CallsUnderWay {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `work`, which counts until what it returns has settled. */
  run<T>(work: () => T): T {
    this.#count += 1;
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#end();
      throw error;
    }
    if (result instanceof Promise) {
      const end = (): void => this.#end();
      result.then(end, end);
    } else this.#end();
    return result;
  }

  #end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when none is under way. */
  settled(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
