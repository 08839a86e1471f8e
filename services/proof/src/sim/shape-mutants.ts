import type { Mutant } from './mutant.ts';

const SINK = 'libs/sink-runtime/src';

/** Mistakes with several documents of a record, with credentials and budgets, and with what a target confirms later. */
export const SHAPE_MUTANTS: readonly Mutant[] = [
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
        file: `${SINK}/attempt/linked.ts`,
        find: 'return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), dependency);',
        put: 'return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), {});',
      },
    ],
  },
  {
    name: 'verify the main document alone',
    within: 400,
    breaks: ['is told as verified, though it holds'],
    edits: [
      {
        file: `${SINK}/attempt/documents.ts`,
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
        file: `${SINK}/delivery/confirm-record.ts`,
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
        file: `${SINK}/attempt/write-document.ts`,
        find: "if (task.target.confirmation?.by === 'inbound') return awaitTaken(scope, task);",
        put: '',
      },
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: "if (suspectUntil !== null && task.target.confirmation?.by === 'inbound') return { ends: awaitTaken(scope, task) };",
        put: '',
      },
    ],
  },
  {
    name: 'forget what a target took while the database was away',
    within: 400,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/link-edit.ts`,
        find: 'unwritten.set(linkId(this.key), this);',
        put: '',
      },
    ],
  },
  {
    name: 'send again what is overdue, though nobody has looked for it',
    within: 400,
    breaks: ['a second document'],
    edits: [
      {
        file: `${SINK}/attempt/find-document.ts`,
        find: 'return delivery.lane.createAnew?.includes(task.planned.externalRef) === true && mayCreate(task);',
        put: 'return delivery.lane.force && mayCreate(task);',
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
  {
    name: 'release nobody who waits for the own order of the target',
    within: 300,
    breaks: ['did not end'],
    edits: [
      {
        file: 'services/ledger/src/states/transitions.ts',
        find: ', ...backwards];',
        put: ', ...backwards.slice(1)];',
      },
    ],
  },
  {
    name: 'read the line map of a counterpart as it is',
    within: 300,
    breaks: ['instead of', 'is no line of'],
    edits: [
      {
        file: `${SINK}/attempt/linked.ts`,
        find: "lines: invertLines(linesOf(link, held)), through: 'reverse' }",
        put: "lines: linesOf(link, held), through: 'reverse' }",
      },
    ],
  },
  {
    name: 'take the order of another connection for the own of the same id',
    within: 300,
    breaks: ['of another shop', 'documents at order'],
    edits: [
      {
        file: `${SINK}/attempt/linked.ts`,
        find: 'const own = found.filter(({ connection }) => connection === target);',
        put: 'const own = found;',
      },
    ],
  },
  {
    name: 'take lines that are yet to come for lines that nobody has',
    within: 300,
    breaks: ['is no line of'],
    edits: [
      {
        file: 'libs/store/src/links/counterparts.ts',
        find: "return deliveredHash === '' ? wanted.filter((line) => !known.includes(line)) : [];",
        put: 'return [];',
      },
    ],
  },
  {
    name: 'queue a shipment by itself',
    within: 300,
    breaks: ['at once'],
    edits: [
      {
        file: 'libs/canonical/src/ordering.ts',
        find: 'return queue.length > MAX_HEADER_CHARACTERS ? {} : { entrepot_lane_key: queue };',
        put: 'return {};',
      },
    ],
  },
  {
    name: 'read our own reference without its link',
    within: 300,
    breaks: ['is no line of'],
    edits: [
      {
        file: `${SINK}/attempt/linked.ts`,
        find: 'if (links.length > 0) return { linked,',
        put: 'if (links.length < 0) return { linked,',
      },
    ],
  },
  {
    name: 'look for an awaited counterpart no more once its wait is stored',
    within: 300,
    breaks: ['did not end'],
    edits: [
      {
        file: 'libs/store/src/links/counterparts.ts',
        find: 'if (!counterpart || heldBy !== from) return false;',
        put: 'if (!counterpart || heldBy === from) return false;',
      },
    ],
  },
];
