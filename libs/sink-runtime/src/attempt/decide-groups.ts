import type { FlowSettings, Truth } from '@entrepot/mapping';
import type { TargetStateDocument } from '@entrepot/store';
import type { StateHashes } from '@entrepot/vendor-kit';

/** What the record's own system shows of the document that a plan is for; null: it shows none, as where it is read only. */
export interface SourceChange {
  /** The states that the record shows. */
  readonly states: readonly TargetStateDocument[];
  /** Whether they are those of the version that is delivered: none of them was written or changed since. */
  readonly current: boolean;
}

export interface GroupInput {
  readonly names: readonly string[];
  /** The connections of the flow. */
  readonly from: string;
  readonly to: string;
  /** Null: the flow goes one way. */
  readonly source: SourceChange | null;
  /** What is stored of the document; null: nothing. */
  readonly stored: TargetStateDocument | null;
  /** The hash of an earlier delivery, from before states were stored; null: none. */
  readonly earlierHash: string | null;
  readonly found: StateHashes;
  readonly settings: Pick<FlowSettings, 'sourceOfTruth'>;
  /** Of the flow that goes the other way; null: none does. */
  readonly reverse: Pick<FlowSettings, 'sourceOfTruth'> | null;
}

/** What becomes of each group of a found document's fields. */
export interface GroupDecision {
  /** The target's values stay. */
  readonly kept: readonly string[];
  /** Of those, the ones that the source changed as well: the target decided. */
  readonly lost: readonly string[];
  /** Changed on both sides, and the source decided. */
  readonly overwritten: readonly string[];
  /** May be written: what the source changed. */
  readonly written: readonly string[];
}

/**
 * Merges by groups: what only the target changed stays (the flow that goes the other way brings it to the source), what
 * only the source changed is written, and what both changed is decided by the source of truth. Two flows that go opposite
 * ways decide alike, so that both sides end up equal.
 */
export function decideGroups(input: GroupInput): GroupDecision {
  const { names, source } = input;
  const kept: string[] = [];
  const lost: string[] = [];
  const overwritten: string[] = [];
  const written: string[] = [];
  for (const name of names) {
    const isTargetChanged = isChangedInTarget(input, name);
    const isSourceChanged = source === null || isChangedInSource(source.states, input.to, name);
    if (isTargetChanged && isSourceChanged) {
      const target = decidesTarget(input, name);
      if (target) lost.push(name);
      else if (source !== null) overwritten.push(name);
      (target ? kept : written).push(name);
    } else if (isSourceChanged) written.push(name);
    else if (isTargetChanged || source?.current === false) kept.push(name);
  }
  return { kept, lost, overwritten, written };
}

function isChangedInTarget({ stored, earlierHash, found, from }: GroupInput, name: string): boolean {
  // Ours, or a change that nobody can tell from it.
  if (stored?.writing?.groups.includes(name) === true) return false;
  const known = stored?.inStep.find(({ connection }) => connection === from)?.fields[name];
  if (known !== undefined) return known !== found.fields[name];
  return stored === null && earlierHash !== null && earlierHash !== found.hash;
}

function isChangedInSource(states: readonly TargetStateDocument[], to: string, name: string): boolean {
  if (states.length === 0) return true;
  return states.some(({ writing, inStep, fields }) => {
    if (writing?.source === to && writing.groups.includes(name)) return false;
    const known = inStep.find(({ connection }) => connection === to)?.fields;
    if (known === undefined) return true;
    if (fields[name] !== undefined) return known[name] !== fields[name];
    // Its vendor groups the fields otherwise.
    return Object.keys(fields).some((each) => known[each] !== fields[each]);
  });
}

function decidesTarget(input: GroupInput, name: string): boolean {
  const truth = findTruth(input.settings.sourceOfTruth?.[name], input.reverse?.sourceOfTruth?.[name]);
  if (truth !== null) return truth === 'target';
  return input.source !== null && isTargetLater(input, input.source);
}

const OPPOSITE: Readonly<Record<Truth, Truth>> = { source: 'target', target: 'source' };

/** What either flow says; null: neither does, or they contradict each other. */
export function findTruth(own: Truth | undefined, reverse: Truth | undefined): Truth | null {
  const mirrored = reverse === undefined ? undefined : OPPOSITE[reverse];
  if (own !== undefined && mirrored !== undefined && own !== mirrored) return null;
  return own ?? mirrored ?? null;
}

/** Which change came later. A change that was found just now is later than any that was read. */
function isTargetLater({ stored, found, from, to }: GroupInput, { states }: SourceChange): boolean {
  if (stored !== null && stored.hash !== found.hash) return true;
  const targetAt = stored?.changedAtMicros ?? 0;
  const sourceAt = Math.max(0, ...states.map(({ changedAtMicros }) => changedAtMicros ?? 0));
  return targetAt === sourceAt ? to < from : targetAt > sourceAt;
}
