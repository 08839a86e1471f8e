import type { FieldProblem } from '@entrepot/canonical';
import type { FlowSettings, Truth } from '@entrepot/mapping';
import {
  addPossible,
  type DecidedGroups,
  type FieldHashes,
  type PossibleHashes,
  type TargetStateDocument,
} from '@entrepot/store';
import type { PlannedDocument, StateHashes } from '@entrepot/vendor-kit';

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
  /** What is planned, as the target would show it. */
  readonly expected: FieldHashes;
  readonly settings: Pick<FlowSettings, 'sourceOfTruth'>;
  /** Of the flow that goes the other way; null: none does. */
  readonly reverse: Pick<FlowSettings, 'sourceOfTruth'> | null;
  /** Whether the mapping was changed since the last delivery: what the source did not change may be written otherwise. */
  readonly remapped: boolean;
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
  /** Changed on neither side: each keeps its own way to write it. */
  readonly left: readonly string[];
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
  const left: string[] = [];
  for (const name of names) {
    const isTargetChanged = isChangedInTarget(input, name);
    const isSourceChanged = source === null || isChangedInSource(input, source.states, name);
    if (isTargetChanged && isSourceChanged) {
      const target = decidesTarget(input, name);
      if (target) lost.push(name);
      else if (source !== null) overwritten.push(name);
      (target ? kept : written).push(name);
    } else if (isSourceChanged) written.push(name);
    else if (isTargetChanged || source?.current === false) kept.push(name);
    // A write whose end nobody saw is brought to its end.
    else if (input.remapped || input.stored?.writing?.groups.includes(name) === true) written.push(name);
    else left.push(name);
  }
  return { kept, lost, overwritten, written, left };
}

interface KeepInput {
  readonly planned: PlannedDocument;
  /** The plan with what the target has in these groups. */
  keep(groups: readonly string[]): PlannedDocument;
  /** Differences between a plan and the target. */
  compare(plan: PlannedDocument): readonly FieldProblem[];
  readonly decision: GroupDecision;
  /** What an earlier attempt decided, and nobody was told; null: nothing. */
  readonly earlier: DecidedGroups | null;
  /** What the target has. */
  readonly found: FieldHashes;
}

/** Groups that were changed on both sides and differ, with their fields. */
interface DifferingGroups {
  readonly groups: readonly string[];
  readonly fields: readonly FieldProblem[];
}

/**
 * The plan with the target's changes in it, and what is reported: groups whose target's changes were left, and those that were
 * replaced. `found`: the target's changes that this is about.
 */
export function keepGroups({ planned, keep, compare, decision, earlier, found }: KeepInput): {
  readonly plan: PlannedDocument;
  readonly given: DifferingGroups;
  readonly replaced: DifferingGroups;
  readonly found: PossibleHashes;
} {
  const listFields = (group: string): readonly FieldProblem[] => {
    const others = new Set(compare(keep([group])).map(({ path }) => path));
    return compare(planned).filter(({ path }) => !others.has(path));
  };
  const describe = (groups: readonly string[], before: readonly string[] = []): DifferingGroups => {
    const named = [...new Set([...before, ...groups])].flatMap((group) => {
      const changes = earlier?.found?.[group] ?? [];
      // Else it is what that attempt wrote, or a change that nothing was decided about.
      const isThere = groups.includes(group) || changes.includes(found[group] ?? '');
      const fields = isThere ? listFields(group) : [];
      // Of what took effect with an attempt that told nobody, the values are gone; what is found now may be another change.
      const isGone = before.includes(group) && (fields.length === 0 || groups.includes(group) || changes.length > 1);
      const all = isGone ? [{ path: group }, ...fields] : fields;
      return all.length === 0 ? [] : [{ group, fields: all }];
    });
    return { groups: named.map(({ group }) => group), fields: named.flatMap(({ fields }) => fields) };
  };
  const { kept, lost, overwritten, left } = decision;
  const stays = [...kept, ...left];
  const given = describe(lost, earlier?.lost);
  const replaced = describe(overwritten, earlier?.overwritten);
  const isNew = ([group]: readonly [string, string]): boolean => [...lost, ...overwritten].includes(group);
  const added = Object.fromEntries(Object.entries(found).filter(isNew));
  const isTold = ([group]: readonly [string, unknown]): boolean =>
    [...given.groups, ...replaced.groups].includes(group);
  const changes = Object.entries(addPossible(earlier?.found ?? null, added)).filter(isTold);
  return { plan: stays.length === 0 ? planned : keep(stays), given, replaced, found: Object.fromEntries(changes) };
}

function isChangedInTarget(input: GroupInput, name: string): boolean {
  const { stored, earlierHash, found, from, to, source, expected } = input;
  const { writing = null } = stored ?? {};
  if (writing?.groups.includes(name) === true) {
    const possible = writing.possible?.[name];
    // Ours, or a change that nobody can tell from it.
    return possible !== undefined && !possible.includes(found.fields[name] ?? '');
  }
  const known = stored?.inStep.find(({ connection }) => connection === from)?.fields[name];
  if (known !== undefined) return known !== found.fields[name];
  if (stored === null) return earlierHash !== null && earlierHash !== found.hash;
  const seen = stored.fields[name];
  if (seen !== undefined && seen !== found.fields[name]) return true;
  // Noted at the source only: a process died between both notes.
  const isInStep = source?.states.some(({ inStep }) => inStep.some(({ connection }) => connection === to)) === true;
  return isInStep && expected[name] !== found.fields[name];
}

function isChangedInSource(
  { from, to, stored, expected }: GroupInput,
  states: readonly TargetStateDocument[],
  name: string,
): boolean {
  if (states.length === 0) return true;
  return states.some(({ writing, inStep, fields }) => {
    if (writing?.source === to && writing.groups.includes(name)) return false;
    const known = inStep.find(({ connection }) => connection === to)?.fields;
    if (known === undefined) {
      // Noted at the target only, in the target's form.
      const common = stored?.inStep.find(({ connection }) => connection === from)?.fields[name];
      return common === undefined || common !== expected[name];
    }
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
