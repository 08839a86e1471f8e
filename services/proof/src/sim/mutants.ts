/** A mistake injected into the product's code while it is loaded, to prove that the simulation detects it. */
export interface Mutant {
  readonly name: string;
  /** Number of seeds within which it must be caught. */
  readonly within: number;
  /** The faults that count as catching it, one of these; a mistake that only made the code throw would prove nothing. */
  readonly breaks: readonly string[];
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
}

const SINK = 'libs/sink-runtime/src';

/** The simulation must catch every one of these. A text that does not occur exactly once is an error: the mutant must follow the code. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no look-up before create',
    within: 200,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/delivery/find-document.ts`,
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
        file: `${SINK}/delivery/find-document.ts`,
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
        file: `${SINK}/delivery/find-document.ts`,
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
        file: `${SINK}/delivery/attempt.ts`,
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
        file: `${SINK}/delivery/attempt.ts`,
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
        find: 'const same = last.contentHash === read.contentHash;',
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
        file: `${SINK}/delivery/outcomes.ts`,
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
        file: `${SINK}/delivery/find-document.ts`,
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
  {
    name: 'take the payments of an order for one document',
    within: 200,
    breaks: ['is written into the document of', 'never arrived'],
    edits: [
      {
        file: 'libs/vendor-kit/src/target/open.ts',
        find: 'export function nameDocument({ role, subId }: DocumentKey): string {',
        put: 'export function nameDocument({ role, subId }: DocumentKey): string { return role;',
      },
    ],
  },
  {
    name: 'give the parts of a record one reference',
    within: 200,
    breaks: ['is written into the document of', 'never arrived', 'a second document'],
    edits: [
      {
        file: 'libs/canonical/src/names.ts',
        find: 'return [connection, id, role, sub]',
        put: 'return [connection, id, role]',
      },
    ],
  },
  {
    name: 'take a product for the variant that an order sells',
    within: 200,
    breaks: ['not variant B'],
    edits: [
      {
        file: `${SINK}/look-up/linked.ts`,
        find: 'return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), dependency.document);',
        put: 'return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), undefined);',
      },
    ],
  },
  {
    name: 'verify the main document alone',
    within: 400,
    breaks: ['is told as verified, though it holds'],
    edits: [
      {
        file: `${SINK}/delivery/documents.ts`,
        find: 'for (const { planned, result } of there) {',
        put: 'for (const { planned, result } of there.slice(0, 1)) {',
      },
    ],
  },
  {
    name: 'call a person for a refresh token that another process has used up',
    within: 1500,
    breaks: ['calls a person to sign in'],
    edits: [
      {
        file: 'libs/vendor-kit/src/credentials/shared-credential.ts',
        find: 'if (!(await write(held, null, revision))) return null;',
        put: 'await write(held, null, revision);',
      },
    ],
  },
  {
    name: 'use a renewed token before it is written',
    within: 2000,
    breaks: ['calls a person to sign in'],
    edits: [
      {
        file: 'libs/vendor-kit/src/credentials/shared-credential.ts',
        find: 'return (await flush()) ? next : null;',
        put: 'flush().catch(() => {}); return next;',
      },
    ],
  },
  {
    name: 'tell a confirmation, and leave the link as it was',
    within: 200,
    // The delivery waits for its document for ever.
    breaks: ['did not end'],
    edits: [
      {
        file: `${SINK}/confirmed/confirm-record.ts`,
        find: 'if (isThere && linked.targetNumber === document.targetNumber)',
        put: 'if (document.targetId !== null)',
      },
    ],
  },
  {
    name: 'send again what a target may have taken',
    within: 300,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/delivery/write-document.ts`,
        find: "if (task.target.confirmation?.by === 'inbound') return awaitTaken(scope, task);",
        put: '',
      },
      {
        file: `${SINK}/delivery/find-document.ts`,
        find: "if (suspectUntil !== null && task.target.confirmation?.by === 'inbound') return { ends: awaitTaken(scope, task) };",
        put: '',
      },
    ],
  },
  {
    name: 'wait for a confirmation beyond its deadline',
    within: 200,
    breaks: ['did not end'],
    edits: [
      {
        file: `${SINK}/acceptance/deadline.ts`,
        find: 'if (nowMicros >= deadline) return null;',
        put: 'if (nowMicros >= deadline) return nowMicros + 60_000_000;',
      },
    ],
  },
  {
    name: 'give a seat away that another holder has',
    within: 200,
    breaks: ['calls at once'],
    edits: [
      {
        file: 'libs/store/src/budgets/allocation.ts',
        find: 'Math.min(due, count - countBooked(others, limit, nowMs) - owedBefore)',
        put: 'due',
      },
    ],
  },
  {
    name: 'call beyond the share of a budget',
    within: 200,
    breaks: ['calls at once'],
    edits: [
      {
        file: 'libs/runtime-kit/src/budget/connection-budget.ts',
        find: 'if (this.#busy >= places) return false;',
        put: '',
      },
    ],
  },
];
