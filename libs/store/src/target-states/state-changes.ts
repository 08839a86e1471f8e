/** Hash of each field group of a document's state, by the group's name. */
export type FieldHashes = Readonly<Record<string, string>>;

/** Hashes that each field group may have, by its name. */
export type PossibleHashes = Readonly<Record<string, readonly string[]>>;

/** Adds hashes to those that groups may have already; null = none of any. */
export function addPossible(earlier: PossibleHashes | null, ...more: readonly FieldHashes[]): PossibleHashes {
  const names = new Set([earlier ?? {}, ...more].flatMap((each) => Object.keys(each)));
  const all = [...names].map((name) => {
    const hashes = [...(earlier?.[name] ?? []), ...more.flatMap((each) => each[name] ?? [])];
    return [name, [...new Set(hashes)]] as const;
  });
  return Object.fromEntries(all);
}

/** A write of ours whose end is not known yet. */
export interface PendingWrite {
  /** The source connection whose record is written. */
  readonly source: string;
  /** Field groups that it may have changed; those of earlier writes without a known end are among them. */
  readonly groups: readonly string[];
  /**
   * Of each group, the hashes that it has unless somebody else changes it: as it was found, and as it was sent. Absent =
   * noted by a release that foresaw none.
   */
  readonly possible?: PossibleHashes;
  /** Of each group, the hashes that were sent. Absent = noted by a release that stored none. */
  readonly sent?: PossibleHashes;
}

/** Field groups that were changed on both sides, as a delivery decided about them. */
export interface DecidedGroups {
  /** The source connection of the delivery. */
  readonly source: string;
  /** The version that it brought. */
  readonly version: number;
  /** The target's change stays. */
  readonly lost: readonly string[];
  /** The source's change replaces the target's. */
  readonly overwritten: readonly string[];
  /**
   * Hashes of the target's changes that it is about, by the group: a later delivery finds one of them, or what was written since. Absent
   * = decided by a release that stored none.
   */
  readonly found?: PossibleHashes;
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
  /**
   * The last decision of each source, stored before it takes effect: a delivery that begins anew sees no difference any more, and still has
   * to report it. Absent = none.
   */
  readonly decided?: readonly DecidedGroups[];
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
  const { record, nowMicros } = reading;
  const changed = { ...seen, writtenFor: null, record, shownSince: null, changedAtMicros: nowMicros, writing: null };
  if (before === null) return { result: 'known', origin: null, after: { ...NEVER_SEEN, ...changed } };
  const storedAtMicros = before.at.getTime() * 1_000;
  if (before.writing !== null) {
    const isAwaited = nowMicros < storedAtMicros + reading.writeEndsWithinMicros;
    if (isAwaited) return { result: 'read-again', fromMicros: nowMicros };
    // Nobody says how the write ended: the state is published, and stays unknown until the sink has settled it.
    const { source } = before.writing;
    return { result: 'known', origin: showsWrite(before, before.writing, seen) ? source : null, after: null };
  }
  if (before.hash === seen.hash) {
    const isShown = before.record === record && before.shownSince !== null;
    // Found there by a delivery, and left: somebody's change, seen here for the first time.
    const changedAtMicros = before.writtenFor === null ? nowMicros : before.changedAtMicros;
    const after = isShown ? null : { ...contentOf(before), record, changedAtMicros };
    return { result: 'known', origin: before.writtenFor, after };
  }
  const fromMicros = storedAtMicros + 1_000 + reading.clockDifferenceMicros;
  if (reading.beganAtMicros < fromMicros) return { result: 'read-again', fromMicros };
  return { result: 'known', origin: null, after: { ...contentOf(before), ...changed } };
}

/** Whether a state is what a write sent, and beside it nothing that was not published before. */
function showsWrite(before: TargetStateContent, { groups, sent }: PendingWrite, seen: SeenState): boolean {
  const others = Object.keys(seen.fields).filter((name) => !groups.includes(name));
  return (
    groups.every((name) => sent?.[name]?.includes(seen.fields[name] ?? '') === true) &&
    (others.length === 0 || before.shownSince !== null) &&
    others.every((name) => seen.fields[name] === before.fields[name])
  );
}

/**
 * Notes the version that a judged state is published as: only once nobody else can publish another state as that version, or a delivery
 * of it would be taken for one of this state. Null: it is noted, or the state was moved meanwhile.
 */
export function noteShown(
  before: TargetStateDocument | null,
  seen: SeenState,
  { record, version }: Pick<Reading, 'record'> & { readonly version: number },
): TargetStateContent | null {
  if (before === null || before.hash !== seen.hash || before.record !== record) return null;
  return before.shownSince === null && before.writing === null ? { ...contentOf(before), shownSince: version } : null;
}

/** A write that is about to be sent. */
export interface PlannedWrite {
  readonly source: string;
  readonly groups: readonly string[];
  /** The groups' hashes once it has taken effect. */
  readonly expected: FieldHashes;
}

/** Noted before a write is sent: until {@link noteWritten}, nobody else moves the state. */
export function beginWrite(
  before: TargetStateDocument | null,
  current: SeenState,
  { source, groups, expected }: PlannedWrite,
): TargetStateContent {
  const earlier = before?.writing ?? null;
  const known = earlier?.possible ?? null;
  // A release that foresaw nothing has sent something.
  const foreseen = groups.filter((name) => known?.[name] !== undefined || !earlier?.groups.includes(name));
  const pick = (hashes: FieldHashes): FieldHashes =>
    Object.fromEntries(foreseen.flatMap((name) => (hashes[name] === undefined ? [] : [[name, hashes[name]]])));
  const writing = {
    source,
    groups: [...new Set([...(earlier?.groups ?? []), ...groups])],
    possible: addPossible(known, pick(current.fields), pick(expected)),
    sent: addPossible(earlier?.sent ?? null, pick(expected)),
  };
  return before === null ? { ...NEVER_SEEN, ...current, writing } : { ...contentOf(before), writing };
}

/** A document that was created for a source's record. */
export interface CreatedDocument {
  readonly source: string;
  /** The record's id there. */
  readonly recordId: string;
  readonly groups: readonly string[];
  /** Several of a group, where it is unknown which version of the record was created. */
  readonly possible: PossibleHashes;
}

/** A document that was created: until it is read back, nobody takes it for somebody else's. */
export function describeCreated({ source, recordId, groups, possible }: CreatedDocument): TargetStateContent {
  const certain = Object.entries(possible).flatMap(([name, [hash, ...others]]) =>
    hash === undefined || others.length > 0 ? [] : [[name, hash]],
  );
  const inStep = [{ connection: source, recordId, fields: Object.fromEntries(certain) }];
  return { ...NEVER_SEEN, hash: '', fields: {}, inStep, writing: { source, groups, possible, sent: possible } };
}

/** Noted before a decision about changes on both sides takes effect. */
export function noteDecided(content: TargetStateContent, decided: DecidedGroups): TargetStateContent {
  const others = (content.decided ?? []).filter(({ source }) => source !== decided.source);
  return { ...content, decided: [...others, decided] };
}

/** What is stored of a document that was just found, and not written yet. */
export function describeFound(before: TargetStateDocument | null, current: SeenState): TargetStateContent {
  return before === null ? { ...NEVER_SEEN, ...current } : contentOf(before);
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

/**
 * A write that was noted had no effect.
 * @param earlier the write that had no known end before it, and still has none; null: there was none
 */
export function forgetWrite(before: TargetStateDocument, earlier: PendingWrite | null): TargetStateContent {
  return { ...contentOf(before), writing: earlier };
}

function putInStep(inStep: readonly InStep[], next: InStep): readonly InStep[] {
  return [...inStep.filter(({ connection }) => connection !== next.connection), next];
}

function contentOf({ _id, version, at, ...content }: TargetStateDocument): TargetStateContent {
  return content;
}
