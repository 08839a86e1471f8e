import type { Mutant } from './mutant.ts';

const STATES = 'libs/store/src/target-states/state-changes.ts';
const DELIVERY = 'libs/sink-runtime/src/attempt';
const WATCHED = `${DELIVERY}/watched-states.ts`;

const DIFFERS = 'in the shop,';
const LOST = 'is lost:';
const UNSAID = 'nobody says that';
const DOUBLED = 'shared products are';

/** Mistakes with products that people change on both sides. */
export const TWO_WAY_MUTANTS: readonly Mutant[] = [
  {
    name: 'take a change in a target for our own write',
    within: 500,
    breaks: [DIFFERS, LOST],
    edits: [
      {
        file: STATES,
        find: "return { result: 'known', origin: null, after: { ...contentOf(before), ...changed } };",
        put: "return { result: 'known', origin: before.writtenFor, after: { ...contentOf(before), ...changed } };",
      },
    ],
  },
  {
    name: "call a state the source's that is not wholly its own",
    within: 500,
    breaks: [DIFFERS, LOST],
    edits: [
      {
        file: STATES,
        find: 'const writtenFor = notOfSource.length > 0 ? null : source;',
        put: 'const writtenFor = source;',
      },
    ],
  },
  {
    name: 'count what a target keeps as in common',
    within: 500,
    breaks: [DIFFERS, LOST, UNSAID],
    edits: [
      {
        file: STATES,
        find: 'const taken = Object.entries(seen.fields).filter(([group]) => !notOfSource.includes(group));',
        put: 'const taken = Object.entries(seen.fields);',
      },
    ],
  },
  {
    name: "take what our create has just made for somebody else's",
    within: 500,
    breaks: [DOUBLED, DIFFERS, LOST],
    edits: [
      {
        file: 'libs/connector-runtime/src/publish/echo-guard.ts',
        find: "if (known.some(({ createPending }) => createPending)) return { result: 'read-again', fromMicros: now };",
        put: '',
      },
    ],
  },
  {
    name: 'write without noting it first',
    within: 500,
    breaks: [DIFFERS, LOST, UNSAID],
    edits: [
      {
        file: WATCHED,
        find: 'const after = isAsPlanned ? describeFound(stored, found) : beginWrite(stored, found, write);',
        put: 'const after = describeFound(stored, found);',
      },
    ],
  },
  {
    name: 'leave a created document unnoted',
    within: 500,
    breaks: [DIFFERS, LOST, UNSAID, DOUBLED],
    edits: [
      {
        file: WATCHED,
        find: 'const expected = this.expected(planned);\n    const possible',
        put: 'if (targetId.length > 0) return;\n    const expected = this.expected(planned);\n    const possible',
      },
    ],
  },
  {
    name: "take the other flow's source of truth for one's own",
    within: 500,
    breaks: [DIFFERS, LOST],
    edits: [
      {
        file: `${DELIVERY}/decide-groups.ts`,
        find: "{ source: 'target', target: 'source' };",
        put: "{ source: 'source', target: 'target' };",
      },
    ],
  },
  {
    name: 'create what a record was made from',
    within: 500,
    breaks: [DOUBLED],
    edits: [
      {
        file: `${DELIVERY}/documents.ts`,
        find: 'const targetId = watched.findPartner(planned) ?? (await findReverse(scope, planned));',
        put: 'const targetId = watched.expected(planned) === null ? await findReverse(scope, planned) : null;',
      },
    ],
  },
  {
    name: 'forget a decision with the process that took it',
    within: 500,
    breaks: [UNSAID],
    edits: [
      {
        file: WATCHED,
        find: 'const earlier = this.#findUntold(stored);',
        put: 'const earlier = null as DecidedGroups | null;',
      },
    ],
  },
];
