import { type EntityName, parseEventKey } from '@entrepot/canonical';
import { MAX_DIFFERENCE_MICROS } from '@entrepot/runtime-kit/clock';
import {
  judgeReading,
  type LinkDocument,
  type Links,
  publishedId,
  type ReadingJudgement,
  noteShown as recordShown,
  type TargetStateDocument,
  type TargetStateKey,
  type TargetStates,
  targetStateId,
} from '@entrepot/store';
import type { ShownState } from '@entrepot/vendor-kit';

/** Whose write a state is; or that the record must be read again, since a write of ours to it is under way. */
export type OriginJudgement =
  | {
      readonly result: 'known';
      readonly origin: string | null;
      /** It is nobody's echo, and no version that was published since it came about shows it. */
      readonly isNews: boolean;
    }
  | { readonly result: 'read-again'; readonly fromMicros: number };

/** Of a read, what tells whose write it shows. */
export interface ShownRead {
  readonly connection: string;
  readonly entityName: EntityName;
  readonly sourceId: string;
  readonly states: readonly ShownState[];
  readonly readBeganAtMicros: number;
}

/**
 * Tells our own writes that come back from other changes, by what the sink noted of the documents that a record shows.
 * A change that is none of ours becomes the documents' known state before it is published.
 */
export interface EchoGuard {
  /** @param read one that shows states of documents: of others nothing is known */
  judge(read: ShownRead): Promise<OriginJudgement>;
  /** Notes the version that a judged read is published as, once no other read can be, and before it is. */
  noteShown(read: ShownRead, version: number): Promise<void>;
}

export interface EchoGuardOptions {
  readonly states: TargetStates;
  readonly links: Pick<Links, 'findByDocuments'>;
  /** Whether anything was ever written to a connection; of others nothing is looked up. */
  isTarget(connection: string): boolean;
  nowMicros(): number;
}

/** How long the end of a write of ours is awaited: the sink that sent it may be gone, and its successor has to take over. */
const WRITE_ENDS_WITHIN_MICROS = 60_000_000;

export function createEchoGuard({ states, links, isTarget, nowMicros }: EchoGuardOptions): EchoGuard {
  /** What is stored of the documents; of those without a state, what their links say. */
  async function look(connection: string, shown: readonly ShownState[]): Promise<Known[]> {
    const known = await Promise.all(
      shown.map(async (seen) => {
        const key = { connection, role: seen.role, targetId: seen.targetId };
        const stored = await states.get(key);
        return { seen, key, stored, before: stored, createPending: false };
      }),
    );
    const unknown = known.filter(({ stored }) => stored === null).map(({ seen }) => seen);
    if (unknown.length === 0) return known;
    const found = await links.findByDocuments(connection, unknown);
    return known.map((each) => (each.stored === null ? { ...each, ...readLinks(found, each, nowMicros()) } : each));
  }

  async function judge(read: ShownRead): Promise<OriginJudgement> {
    const { connection, states: shown, readBeganAtMicros } = read;
    if (!isTarget(connection)) return { result: 'known', origin: null, isNews: false };
    for (;;) {
      const now = nowMicros();
      const reading = {
        record: recordOf(read),
        beganAtMicros: readBeganAtMicros,
        nowMicros: now,
        clockDifferenceMicros: MAX_DIFFERENCE_MICROS,
        writeEndsWithinMicros: WRITE_ENDS_WITHIN_MICROS,
      };
      const known = await look(connection, shown);
      if (known.some(({ createPending }) => createPending)) return { result: 'read-again', fromMicros: now };
      const judged = known.map((each) => ({ ...each, judgement: judgeReading(each.before, each.seen, reading) }));
      const early = judged.flatMap(({ judgement }) => (judgement.result === 'read-again' ? [judgement] : []));
      if (early.length > 0)
        return { result: 'read-again', fromMicros: Math.max(...early.map((each) => each.fromMicros)) };
      const moved = await Promise.all(
        judged.map(({ key, stored, judgement }) =>
          judgement.result === 'known' && judgement.after !== null
            ? states.replace(key, stored, judgement.after)
            : true,
        ),
      );
      if (!moved.every((done) => done)) continue;
      const origin = commonOrigin(judged.map((each) => each.judgement));
      return { result: 'known', origin, isNews: origin === null && judged.some((each) => isUnshown(each, read)) };
    }
  }

  async function noteShown(read: ShownRead, version: number): Promise<void> {
    const { connection, states: shown } = read;
    if (!isTarget(connection)) return;
    await Promise.all(
      shown.map(async (seen) => {
        const key = { connection, role: seen.role, targetId: seen.targetId };
        for (;;) {
          const stored = await states.get(key);
          const after = recordShown(stored, seen, { record: recordOf(read), version });
          if (after === null || (await states.replace(key, stored, after))) return;
        }
      }),
    );
  }

  return { judge, noteShown };
}

/** Whether a state is known to have come about since the last version of its record: as it was moved, or left unshown. */
function isUnshown({ seen, before }: Known, read: ShownRead): boolean {
  if (before === null || before.writing !== null) return false;
  return before.hash !== seen.hash || (before.record === recordOf(read) && before.shownSince === null);
}

function recordOf({ connection, entityName, sourceId }: ShownRead): string {
  return publishedId({ connection, entity: entityName, sourceId });
}

interface Known {
  readonly seen: ShownState;
  readonly key: TargetStateKey;
  /** As the store has it, for compare-and-set. */
  readonly stored: TargetStateDocument | null;
  /** The same, or what the document's link knows from before states were stored. */
  readonly before: TargetStateDocument | null;
  /** A create of ours with the document's reference may be under way. */
  readonly createPending: boolean;
}

/** A record is an echo if all that it shows is of the same connection's making. */
function commonOrigin(judgements: readonly ReadingJudgement[]): string | null {
  const origins = new Set(judgements.map((each) => (each.result === 'known' ? each.origin : null)));
  const [only = null] = origins;
  return origins.size === 1 ? only : null;
}

function readLinks(
  links: readonly LinkDocument[],
  { seen, key }: Pick<Known, 'seen' | 'key'>,
  nowMicros: number,
): Pick<Known, 'before' | 'createPending'> {
  const link = links.find(({ documents }) =>
    documents.some(({ role, targetId }) => role === seen.role && targetId === seen.targetId),
  );
  const createPending = links.some(({ documents }) =>
    documents.some(
      ({ role, externalRef, targetId, intent }) =>
        role === seen.role &&
        externalRef === seen.reference &&
        targetId === null &&
        intent !== null &&
        nowMicros < intent.at + WRITE_ENDS_WITHIN_MICROS,
    ),
  );
  return { before: readFirstState(link, key), createPending };
}

/** The state that a link holds of its main document, written before there were target states. */
function readFirstState(link: LinkDocument | undefined, key: TargetStateKey): TargetStateDocument | null {
  const hash = link?.targetStateHash ?? null;
  if (link === undefined || hash === null || link.documents[0]?.targetId !== key.targetId) return null;
  return {
    _id: targetStateId(key),
    version: 0,
    at: new Date(0),
    hash,
    fields: {},
    writtenFor: parseEventKey(link.sourceKey).connection,
    record: null,
    shownSince: null,
    changedAtMicros: null,
    inStep: [],
    writing: null,
  };
}
