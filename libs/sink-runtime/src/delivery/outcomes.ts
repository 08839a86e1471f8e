import { MappingError } from '@entrepot/mapping';
import { backoffMs } from '@entrepot/service-kit/backoff';
import { VendorError } from '@entrepot/vendor-kit';
import { LaneHeld, LaneInterrupted } from '../lane/access.ts';
import { Outage, Undecodable } from '../ports.ts';
import { detailOfBug, detailOfUndecodable } from '../problems.ts';
import { type AttemptResult, endAttempt, failAttempt } from './lane-record.ts';

/** Waits before the two quick tries in place, for errors that may pass by themselves. */
const QUICK_TRY_DELAYS_MS: readonly number[] = [200, 1_000];
const QUICK_TRIES = QUICK_TRY_DELAYS_MS.length;
/**
 * How often a record may find the system unavailable while others succeed, before it counts as a fault of the record.
 */
const UNAVAILABLE_REPEATS = 5;
const REPEAT = { firstMs: 500, longestMs: 15_000 } as const;

/** What is known of the tries of one record in place. */
export interface Tries {
  /** Tries that ended with an error of the record. */
  readonly transient: number;
  /** Tries that found the system unavailable. */
  readonly unavailable: number;
  /** Whether any call of the lane succeeded since the first of them. */
  readonly laneWorks: boolean;
}

export type Disposition =
  /** Begin anew once the lane lets us; nothing is counted. */
  | { readonly do: 'repeat'; readonly delayMs: number; readonly counts: 'nothing' | 'unavailable' | 'transient' }
  /** The whole lane waits for a thing all lanes need. */
  | { readonly do: 'hold'; readonly of: Outage['of']; readonly words: string }
  | { readonly do: 'finish'; readonly result: AttemptResult };

/** The lane's gate decides when; this delay keeps a wrong decision from becoming a busy loop. */
const REPEAT_SOON: Disposition = { do: 'repeat', delayMs: 10, counts: 'nothing' };

/** Decides, from the error of one try and the tries before it, what becomes of the record. Pure. */
export function decideOnError(error: unknown, tries: Tries): Disposition {
  if (error instanceof LaneInterrupted || error instanceof LaneHeld) return REPEAT_SOON;
  if (error instanceof Outage) return { do: 'hold', of: error.of, words: error.message };
  if (error instanceof Undecodable) return finish(failAttempt(detailOfUndecodable(error)));
  if (error instanceof MappingError) return finish(failAttempt(error.toDetail()));
  if (!(error instanceof VendorError)) return finish(failAttempt(detailOfBug(error)));
  switch (error.kind) {
    case 'throttled':
    case 'unauthorized':
      // The call itself has put the lane on hold; the record comes again.
      return REPEAT_SOON;
    case 'unavailable':
    case 'timeout': {
      // It is an outage only when no call succeeds; a record that fails while others succeed has a fault of its own.
      const enough = error.kind === 'timeout' ? QUICK_TRIES : UNAVAILABLE_REPEATS;
      if (tries.laneWorks && tries.unavailable >= enough) return finish(endRetrying(error));
      const delayMs = backoffMs(REPEAT, tries.unavailable + 1);
      return { do: 'repeat', delayMs, counts: 'unavailable' };
    }
    case 'conflict':
    case 'unexpected': {
      const delayMs = QUICK_TRY_DELAYS_MS[tries.transient];
      if (delayMs === undefined) return finish(endRetrying(error));
      return { do: 'repeat', delayMs, counts: 'transient' };
    }
    case 'rejected':
    case 'notFound':
      return finish(failAttempt(error.toDetail()));
  }
}

function endRetrying(error: VendorError): AttemptResult {
  return endAttempt('retrying', { error: error.toDetail() });
}

function finish(result: AttemptResult): Disposition {
  return { do: 'finish', result };
}
