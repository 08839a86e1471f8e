import type { ErrorDetail } from '@entrepot/canonical';
import { MappingError } from '@entrepot/mapping';
import { backoffMs } from '@entrepot/service-kit/backoff';
import { VendorError } from '@entrepot/vendor-kit';
import { Outage, Undecodable } from '../ports.ts';
import { type AttemptResult, endAttempt, failAttempt } from './result.ts';

/** The lane (its lease, target or partition) was taken from under an attempt: nothing may be concluded, the record stays unfinished. */
export class LaneInterrupted extends Error {
  override readonly name = 'LaneInterrupted';
}

/** The lane holds: the attempt did not happen and is begun anew when it goes on. */
export class LaneHeld extends Error {
  override readonly name = 'LaneHeld';
}

/** Waits before the two quick tries in place, for errors that may pass by themselves. */
const QUICK_TRY_DELAYS_MS: readonly number[] = [200, 1_000];
const QUICK_TRIES = QUICK_TRY_DELAYS_MS.length;
/** Repeats of a record that finds the system unavailable while others succeed, until it counts as the record's own trouble. */
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

/** The lane's gate decides when; the moment between keeps a mistake about that from becoming a busy loop. */
const REPEAT_SOON: Disposition = { do: 'repeat', delayMs: 10, counts: 'nothing' };

/** Decides, from the error of a try alone and what came before, what becomes of the record. Pure. */
export function decideOnError(error: unknown, tries: Tries): Disposition {
  if (error instanceof LaneInterrupted || error instanceof LaneHeld) return REPEAT_SOON;
  if (error instanceof Outage) return { do: 'hold', of: error.of, words: error.message };
  if (error instanceof Undecodable) return finish(failAttempt(detailOfUndecodable(error)));
  if (error instanceof MappingError) return finish(failAttempt(error.toDetail()));
  if (!(error instanceof VendorError)) return finish(failAttempt(detailOfBug(error)));
  switch (error.kind) {
    case 'throttled':
    case 'unauthorized':
      // The lane has been told to hold by the call itself; the record simply comes again.
      return REPEAT_SOON;
    case 'unavailable':
    case 'timeout': {
      // An outage is when nobody gets through; a record that fails while others succeed has trouble of its own.
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

export function detailOfUndecodable(error: Undecodable): ErrorDetail {
  return {
    kind: 'decode',
    code: error.code,
    message: error.message,
    advice: 'Refresh the record at its source, so that it is published again; tell the author of the publisher.',
    fields: [],
  };
}

/** A defect of ours, with its stack; the message may quote data, so only errors' own first line is kept. */
export function detailOfBug(error: unknown): ErrorDetail {
  const known = error instanceof Error ? error : new Error('a value that is no error was thrown');
  const message = known.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
  return {
    kind: 'bug',
    code: known.name,
    message: `A defect in Entrepot stopped this delivery: ${message}`,
    advice: 'Report it with the stack; retry after an update.',
    fields: [],
    ...(known.stack === undefined ? {} : { stack: known.stack.slice(0, 8_000) }),
  };
}
