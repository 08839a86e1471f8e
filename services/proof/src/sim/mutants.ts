import type { Mutant } from './mutant.ts';
import { SHAPE_MUTANTS } from './shape-mutants.ts';
import { TWO_WAY_MUTANTS } from './two-way-mutants.ts';

const SINK = 'libs/sink-runtime/src';

/** The simulation must catch every one of these. A text that does not occur exactly once is an error: the mutant must follow the code. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no look-up before create',
    within: 200,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: 'const hits = await lookUp(scope, task);',
        put: 'const hits: FoundDocument[] = [];',
      },
    ],
  },
  {
    name: 'look-up at once after a timeout',
    within: 200,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: 'return sentAtMicros === undefined ? null : sentAtMicros + task.target.visibleWithinMs * 1_000;',
        put: 'return null;',
      },
    ],
  },
  {
    name: 'commit early',
    within: 100,
    breaks: ['is committed'],
    edits: [
      {
        file: 'libs/broker/src/dispatcher/partition-work.ts',
        find: 'return this.window.peek()?.offset ?? this.next;',
        put: 'return this.next;',
      },
    ],
  },
  {
    name: 'ignore the epoch of what was sent before',
    within: 1_000,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: 'intent !== null && intent.epoch !== access.epoch && !access.unanswered.has(key)',
        put: 'false',
      },
    ],
  },
  {
    name: 'ignore the lease before sending',
    within: 2_000,
    breaks: ['a second document', 'a stale write'],
    edits: [
      {
        file: `${SINK}/lane/session.ts`,
        find: 'if (this.#parts.lease.outlives(Math.min(timeoutMs, this.#parts.leaseReserveMs))) return;',
        put: 'if (timeoutMs >= 0) return;',
      },
    ],
  },
  {
    name: 'ignore the version',
    within: 500,
    breaks: ['a stale write'],
    edits: [
      {
        file: `${SINK}/attempt/attempt.ts`,
        find: "if (link.deliveredVersion > version) return endAttempt('superseded', { supersededBy: link.deliveredVersion });",
        put: '',
      },
    ],
  },
  {
    name: 'treat equal version as same content, in the sink',
    within: 1_000,
    breaks: ['never arrived'],
    edits: [
      {
        file: `${SINK}/attempt/attempt.ts`,
        find: 'link.deliveredHash === contentHash && link.mappingRevision === mappingRevision',
        put: 'link.mappingRevision === mappingRevision',
      },
    ],
  },
  {
    name: 'treat equal stamp as same content, in the connector',
    within: 500,
    breaks: ['no state since is published'],
    edits: [
      {
        file: 'libs/connector-runtime/src/publish/reads.ts',
        find: 'const same = last.contentHash === read.contentHash && read.restored !== true;',
        put: 'const same = last.contentHash === read.contentHash || last.version === read.stampMicros;',
      },
    ],
  },
  {
    name: "compare read times by several replicas' clocks as if they were one",
    within: 4_000,
    breaks: ['had been changed before a lower one'],
    edits: [
      {
        file: 'libs/connector-runtime/src/publish/reads.ts',
        find: 'return last.reader === reader ? 0 : MAX_DIFFERENCE_MICROS;',
        put: 'return 0;',
      },
    ],
  },
  {
    name: "share a read that began after the change by another replica's clock only",
    within: 200,
    breaks: ['no state since is published'],
    edits: [
      {
        file: 'libs/connector-runtime/src/publish/reads.ts',
        find: 'const seenSince = toldAtMicros + MAX_DIFFERENCE_MICROS;',
        put: 'const seenSince = toldAtMicros;',
      },
    ],
  },
  {
    name: 'count a registry outage as failure',
    within: 200,
    breaks: ['registry cannot be reached'],
    edits: [
      {
        file: `${SINK}/attempt/outcomes.ts`,
        find: "if (error instanceof Outage) return { do: 'hold', of: error.of, words: error.message };",
        put: "if (error instanceof Outage && error.of !== 'registry') return { do: 'hold', of: error.of, words: error.message };",
      },
    ],
  },
  {
    name: 'take a look-up for as fresh as its reading',
    within: 12_000,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: 'if (suspectUntil !== null && lookedAtMicros < suspectUntil)',
        put: 'if (suspectUntil !== null && scope.clock.nowMicros() < suspectUntil)',
      },
    ],
  },
  {
    name: 'go on with a dropped record after its partition is lost',
    within: 4_000,
    // Its only visible effect: the lane's new owner waits for ever.
    breaks: ['did not end'],
    edits: [
      {
        file: `${SINK}/delivery/without-attempt.ts`,
        find: 'await deliverRecord(parts, record, signal);',
        put: 'await deliverRecord(parts, record, new AbortController().signal);',
      },
    ],
  },
  {
    name: 'take an outage of the broker for a bug of the record',
    within: 300,
    breaks: ['routing broke down: PublishUnavailable'],
    edits: [
      {
        file: `${SINK}/service/adapters.ts`,
        find: "throw error instanceof PublishUnavailable ? new Outage('broker', error) : error;",
        put: 'throw error;',
      },
    ],
  },
  {
    name: 'take a routing for told that no attempt has told along',
    within: 200,
    breaks: ['its routing was never told'],
    edits: [
      {
        file: `${SINK}/router/route.ts`,
        find: 'return isTold;',
        put: 'return true;',
      },
    ],
  },
  ...SHAPE_MUTANTS,
  ...TWO_WAY_MUTANTS,
];
