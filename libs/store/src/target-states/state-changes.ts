/** Hash of each field group of a document's state, by the group's name. */
export type FieldHashes = Readonly<Record<string, string>>;

/** A write of ours whose end is not known yet. */
export interface PendingWrite {
  /** The source connection whose record is written. */
  readonly source: string;
  /** Field groups that it may have changed; those of earlier writes without a known end are among them. */
  readonly groups: readonly string[];
}

/** A document and a record of another connection that mean the same. */
export interface InStep {
  readonly connection: string;
  /** The record's id there. */
  readonly recordId: string;
  /** The document's fields, as they were when both had the same last. */
  readonly fields: FieldHashes;
}

/** What is known of one document in a target system. */
export interface TargetStateContent {
  /** Over all mapped fields, by the vendor function that source and target share. */
  readonly hash: string;
  readonly fields: FieldHashes;
  /** The source connection whose record our write left in this state; null: it was changed in the target system itself. */
  readonly writtenFor: string | null;
  /** `publishedId` of the record that shows this document where its system is read; null: not read yet. */
  readonly record: string | null;
  /** The first published version of that record which shows this state; null: none yet. */
  readonly shownSince: number | null;
  /** When somebody changed it in the target system, as far as the connector saw it: microseconds UTC; null: never. */
  readonly changedAtMicros: number | null;
  /** What the document and a record of another connection last had in common. */
  readonly inStep: readonly InStep[];
  readonly writing: PendingWrite | null;
}

/** `_id` = `<connection>|<role>|<target id>`. */
export interface TargetStateDocument extends TargetStateContent {
  readonly _id: string;
  /** Rises with each write: for compare-and-set. */
  readonly version: number;
  /** Of the last write, by the database's clock. */
  readonly at: Date;
}

/** A document's state as a source or a target just read it. */
export interface SeenState {
  readonly hash: string;
  readonly fields: FieldHashes;
}

const NEVER_SEEN: Omit<TargetStateContent, 'hash' | 'fields'> = {
  writtenFor: null,
  record: null,
  shownSince: null,
  changedAtMicros: null,
  inStep: [],
  writing: null,
};

/** One reading of a record that shows the document. */
export interface Reading {
  /** `publishedId` of the record. */
  readonly record: string;
  /** The version that its state is about to be published as. */
  readonly version: number;
  readonly beganAtMicros: number;
  readonly nowMicros: number;
  /** How far clocks may differ. */
  readonly clockDifferenceMicros: number;
  /** How long the end of a write of ours is waited for. */
  readonly writeEndsWithinMicros: number;
}

export type ReadingJudgement =
  /** Read again: our own write is under way, or the stored state was noted after this read began. */
  | { readonly result: 'read-again'; readonly fromMicros: number }
  /** `origin`: whose write this state is; null: news. `after`: what the stored state becomes; null: it stays. */
  | { readonly result: 'known'; readonly origin: string | null; readonly after: TargetStateContent | null };

/** What a connector makes of a state that it read, given the stored one. */
export function judgeReading(before: TargetStateDocument | null, seen: SeenState, reading: Reading): ReadingJudgement {
  const { record, version, nowMicros } = reading;
  const changed = { ...seen, writtenFor: null, record, shownSince: version, changedAtMicros: nowMicros, writing: null };
  if (before === null) return { result: 'known', origin: null, after: { ...NEVER_SEEN, ...changed } };
  const storedAtMicros = before.at.getTime() * 1_000;
  if (before.writing !== null) {
    const isAwaited = nowMicros < storedAtMicros + reading.writeEndsWithinMicros;
    // Nobody says how the write ended: the state is published, and stays unknown until the sink has settled it.
    return isAwaited ? { result: 'read-again', fromMicros: nowMicros } : { result: 'known', origin: null, after: null };
  }
  if (before.hash === seen.hash) {
    const isShown = before.record === record && before.shownSince !== null;
    // Found there by a delivery, and left: somebody's change, seen here for the first time.
    const changedAtMicros = before.writtenFor === null ? nowMicros : before.changedAtMicros;
    const after = isShown ? null : { ...contentOf(before), record, shownSince: version, changedAtMicros };
    return { result: 'known', origin: before.writtenFor, after };
  }
  const fromMicros = storedAtMicros + 1_000 + reading.clockDifferenceMicros;
  if (reading.beganAtMicros < fromMicros) return { result: 'read-again', fromMicros };
  return { result: 'known', origin: null, after: { ...contentOf(before), ...changed } };
}

/** Noted before a write is sent: until {@link noteWritten}, nobody else moves the state. */
export function beginWrite(
  before: TargetStateDocument | null,
  current: SeenState,
  write: PendingWrite,
): TargetStateContent {
  const earlier = before?.writing?.groups ?? [];
  const writing = { source: write.source, groups: [...new Set([...earlier, ...write.groups])] };
  return before === null ? { ...NEVER_SEEN, ...current, writing } : { ...contentOf(before), writing };
}

/** How a write ended. */
export interface WrittenState {
  readonly source: string;
  /** The record's id there. */
  readonly recordId: string;
  /** Read back. */
  readonly seen: SeenState;
  /** Field groups that are not as the source has them: kept from the target, or changed meanwhile. */
  readonly notOfSource: readonly string[];
}

/**
 * What a document is after a write, or when nothing had to be written. A state that is not wholly the source's is
 * nobody's echo: the connector publishes it, so that the source gets what it lacks.
 */
export function noteWritten(
  before: TargetStateDocument | null,
  { source, recordId, seen, notOfSource }: WrittenState,
): TargetStateContent {
  const content = before === null ? { ...NEVER_SEEN, ...seen } : contentOf(before);
  const isNews = before?.hash !== seen.hash;
  const known = content.inStep.find(({ connection }) => connection === source)?.fields ?? {};
  const kept = Object.entries(known).filter(([group]) => notOfSource.includes(group));
  const taken = Object.entries(seen.fields).filter(([group]) => !notOfSource.includes(group));
  const fields = Object.fromEntries([...kept, ...taken]);
  const writtenFor = notOfSource.length > 0 ? null : source;
  return {
    ...content,
    ...seen,
    writtenFor: isNews ? writtenFor : content.writtenFor,
    shownSince: isNews ? null : content.shownSince,
    inStep: putInStep(content.inStep, { connection: source, recordId, fields }),
    writing: null,
  };
}

/** Fields, as a delivery took them from their record, have reached another connection; of the others it knows what it knew. */
export function noteCarried(before: TargetStateDocument, carried: InStep): TargetStateContent {
  const known = before.inStep.find(({ connection }) => connection === carried.connection)?.fields;
  const fields = { ...known, ...carried.fields };
  return { ...contentOf(before), inStep: putInStep(before.inStep, { ...carried, fields }) };
}

/** A write that was noted was not sent. */
export function forgetWrite(before: TargetStateDocument): TargetStateContent {
  return { ...contentOf(before), writing: null };
}

function putInStep(inStep: readonly InStep[], next: InStep): readonly InStep[] {
  return [...inStep.filter(({ connection }) => connection !== next.connection), next];
}

function contentOf({ _id, version, at, ...content }: TargetStateDocument): TargetStateContent {
  return content;
}
