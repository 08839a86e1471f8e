import type { EntityName } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { StateFillDocument, StateFills, StatePair } from '@entrepot/store';
import type { VendorLog } from '@entrepot/vendor-kit';
import type { KeptStates } from './kept-states.ts';

/** An entity from a source connection. */
export type CollectedPair = Pick<StatePair, 'entity' | 'connection'>;

export interface StateTimes {
  /**
   * How long states are kept on after the last flow that collects them is switched off or gone. A flow that is back within that has missed
   * none; after it, its states are filled in anew.
   */
  readonly lingerMs: number;
  /** Within this time every process has heard that a flow collects, and keeps what passes: the fill reads what stands in the topic then. */
  readonly settleMs: number;
  readonly lookMs: number;
}

export const STATE_TIMES: StateTimes = { lingerMs: 60_000, settleMs: 30_000, lookMs: 2_000 };

const LEASE_MS = 30_000;

export interface KeeperDeps {
  readonly vendor: string;
  readonly clock: Clock;
  readonly owner: string;
  readonly fills: StateFills;
  /** What active flows collect now. */
  listCollected(): readonly CollectedPair[];
  /** Keeps every state that stands in the topic; `isHeld` is asked now and then. @returns false when it no longer was */
  fill(pair: CollectedPair, isHeld: () => Promise<boolean>, signal: AbortSignal): Promise<boolean>;
  readonly log: VendorLog;
  readonly times: StateTimes;
}

interface Kept extends CollectedPair {
  /** Since when no flow collects it; null: one does. */
  idleSinceMs: number | null;
}

/**
 * Which entities' states this process keeps, for plans that are based on them. States that passed before a flow began to collect are filled in
 * from their topic, by one process. A process lets states pass only after it has said so in the store, so that a fill which counts as done
 * never lacks one.
 */
export class StateKeeper implements KeptStates {
  readonly #deps: KeeperDeps;
  readonly #kept = new Map<string, Kept>();

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** Asked by the router for each record. */
  keeps(entity: EntityName, connection: string): boolean {
    const collected = this.#deps.listCollected();
    if (collected.some((pair) => pair.entity === entity && pair.connection === connection)) {
      this.#note({ entity, connection });
      return true;
    }
    return this.#kept.has(nameOf({ entity, connection }));
  }

  /** Takes over what is kept by now. To be called before the first record is routed. */
  async load(): Promise<void> {
    for (const { entity, connection } of await this.#deps.fills.list(this.#deps.vendor))
      this.#note({ entity, connection });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, times } = this.#deps;
    while (!signal.aborted) {
      try {
        await this.#look(signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'kept states could not be looked after; it is tried again');
      }
      await clock.sleep(times.lookMs, signal).catch(() => {});
    }
  }

  #note(pair: CollectedPair): Kept {
    const name = nameOf(pair);
    const kept = this.#kept.get(name) ?? { ...pair, idleSinceMs: null };
    this.#kept.set(name, kept);
    return kept;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { vendor, clock, fills, times, listCollected } = this.#deps;
    const collected = new Set(listCollected().map(nameOf));
    for (const pair of listCollected()) this.#note(pair);
    const done = new Set<string>();
    for (const fill of await fills.list(vendor)) {
      this.#note({ entity: fill.entity, connection: fill.connection });
      if (fill.doneAt !== null) done.add(nameOf(fill));
    }
    for (const [name, kept] of [...this.#kept]) {
      if (collected.has(name)) {
        kept.idleSinceMs = null;
        if (!done.has(name)) await this.#fill(kept, signal);
      } else {
        kept.idleSinceMs ??= clock.monotonicMs();
        if (clock.monotonicMs() - kept.idleSinceMs >= times.lingerMs) await this.#end(kept, signal);
      }
    }
  }

  async #fill(pair: CollectedPair, signal: AbortSignal): Promise<void> {
    const { fills, log, fill: read } = this.#deps;
    await this.#hold(pair, async (held) => {
      log.info({ ...pair }, 'states that passed before are read from their topic');
      while (await fills.forgetSome(held));
      if ((await read(pair, () => fills.renew(held, LEASE_MS), signal)) && (await fills.finish(held)))
        log.info({ ...pair }, 'states are complete');
    });
  }

  /** Says so before it stops to keep them; whoever is first forgets what is kept. */
  async #end(pair: CollectedPair, signal: AbortSignal): Promise<void> {
    const { vendor, fills } = this.#deps;
    await fills.invalidate({ vendor, ...pick(pair) });
    this.#kept.delete(nameOf(pair));
    await this.#hold(pair, async (held) => {
      while (!signal.aborted && (await fills.renew(held, LEASE_MS)) && (await fills.forgetSome(held)));
      if (!signal.aborted) await fills.discard(held);
    });
  }

  async #hold(pair: CollectedPair, work: (held: StateFillDocument) => Promise<void>): Promise<void> {
    const { vendor, owner, fills } = this.#deps;
    const held = await fills.begin({ vendor, ...pick(pair) }, owner, LEASE_MS);
    if (held === null) return;
    try {
      await work(held);
    } finally {
      await fills.giveBack(held);
    }
  }
}

function nameOf({ entity, connection }: CollectedPair): string {
  return `${entity}|${connection}`;
}

function pick({ entity, connection }: CollectedPair): CollectedPair {
  return { entity, connection };
}
