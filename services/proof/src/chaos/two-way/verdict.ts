import { GROUPS, type Group } from '../../model-vendor/rows.ts';
import type { Change } from '../../model-vendor/simulator/system.ts';
import type { Finding, Verdict } from '../oracle/verdict.ts';
import { type Customer, type GroupChange, groupByCustomer, listGroupChanges } from './changes.ts';
import type { Told } from './told.ts';

export interface TwoWayEvidence {
  /** The simulator's log. Every value that a person enters is another one. */
  readonly changes: readonly Change[];
  /** The system whose edit counts where both edited a group and neither had seen the other's; of a group without one, either may. */
  readonly owners: Readonly<Partial<Record<Group, string>>>;
  /** From then on nothing may be written; null: not yet. ms since 1970 */
  readonly quietSince: number | null;
  /** What deliveries said of changes of both sides, by the customer's reference; left out: nobody was asked. */
  readonly told?: ReadonlyMap<string, readonly Told[]>;
}

/** Of one edit: what carries it to the other side, and the repair where edits of both sides crossed. */
const MAX_WRITES_AN_EDIT = 2;

/**
 * Judges customers that people edit in two systems, by the log of both, independently of our own parts.
 * lost: no row in the other system, or an edit that should have counted · duplicated: more than one row in the other system, one that
 * nobody entered, or more writes than the edits explain · outOfOrder: a value that came back after a later one of the same people, or a
 * write when all was quiet · stale: the two rows differ.
 */
export function judgeTwoWay({ changes, owners, quietSince, told }: TwoWayEvidence): Verdict {
  const verdict: Record<keyof Verdict, Finding[]> = { lost: [], duplicated: [], outOfOrder: [], stale: [] };
  const { customers, strangers } = groupByCustomer(changes);
  for (const { system, id, reference } of strangers)
    verdict.duplicated.push({ id: `${system}/${id}`, what: `a row for ${reference}, which nobody entered` });
  for (const customer of customers) {
    const { reference } = customer;
    const carried = customer.changes.filter(({ by, action }) => by === 'api' && action === 'create');
    if (carried.length === 0) verdict.lost.push({ id: reference, what: 'no row in the other system' });
    if (carried.length > 1)
      verdict.duplicated.push({ id: reference, what: `rows ${carried.map(({ id }) => id).join(', ')}` });
    const tooMany = describeWrites(customer);
    if (tooMany !== null) verdict.duplicated.push({ id: reference, what: tooMany });
    if (carried.length !== 1) continue;
    for (const group of GROUPS) {
      const history = listGroupChanges(customer, group);
      const finding = (what: string): Finding => ({
        id: nameGroup(reference, group),
        what: `${what}: ${history.map(describeChange).join(', ')}`,
      });
      const back = findComeback(history);
      if (back !== null) verdict.outOfOrder.push(finding(`${back} came back`));
      const [one, other] = lastOnBothSides(history);
      const words = (told?.get(reference) ?? []).filter((word) => word.group === group);
      const expected = listExpected(history, owners[group], words);
      if (one !== other) verdict.stale.push(finding(`"${one}" and "${other}"`));
      else if (!expected.includes(one ?? ''))
        verdict.lost.push(finding(`"${one}" instead of ${expected.join(' or ')}`));
    }
  }
  for (const change of changes) {
    if (quietSince !== null && change.by === 'api' && Date.parse(change.at) > quietSince)
      verdict.outOfOrder.push({
        id: `${change.system}/${change.id}`,
        what: `written when all was quiet, at ${change.at}`,
      });
  }
  return verdict;
}

/** The customers of whom an edit looks lost. */
export function findWithLostEdits(changes: readonly Change[], { lost }: Verdict): Customer[] {
  const { customers } = groupByCustomer(changes);
  return customers.filter(({ reference }) =>
    GROUPS.some((group) => lost.some(({ id }) => id === nameGroup(reference, group))),
  );
}

function nameGroup(reference: string, group: Group): string {
  return `${reference} ${group}`;
}

function describeWrites({ changes }: Customer): string | null {
  const edits = changes.filter(({ by }) => by === 'person').length;
  const writes = changes.length - edits;
  return writes > MAX_WRITES_AN_EDIT * edits ? `${writes} writes for ${edits} edits` : null;
}

function lastOnBothSides(history: readonly GroupChange[]): readonly (string | undefined)[] {
  const systems = [...new Set(history.map(({ system }) => system))];
  return [0, 1].map((side) => history.findLast(({ system }) => system === systems[side])?.value);
}

/**
 * The values that may be there in the end. An edit of one who saw the other side's last one counts; of two edits whose authors saw
 * nothing of each other, the owner's does. An edit over a write of ours that was not noted yet may give way to the owner's, too, where a
 * delivery says so.
 */
function listExpected(
  history: readonly GroupChange[],
  owner: string | undefined,
  words: readonly Told[],
): readonly string[] {
  const at = history.findLastIndex(({ by }) => by === 'person');
  const last = history[at];
  if (last === undefined) return [];
  const other = history.findLast(({ by, system }) => by === 'person' && system !== last.system);
  if (other === undefined) return [last.value];
  const hasSeen = history.slice(0, at).some(({ system, value }) => system === last.system && value === other.value);
  if (hasSeen) {
    const isTold = words.some(({ values }) => values.length === 0 || values.includes(last.value));
    return owner === other.system && isTold ? [last.value, other.value] : [last.value];
  }
  if (owner === undefined) return [last.value, other.value];
  return [owner === last.system ? last.value : other.value];
}

/** A value that a system had again after a later one of the same people; null when there is none. */
function findComeback(history: readonly GroupChange[]): string | null {
  const enteredIn = new Map<string, { readonly system: string; readonly number: number }>();
  const newest = new Map<string, number>();
  for (const { system, by, value } of history) {
    if (by === 'person') enteredIn.set(value, { system, number: enteredIn.size });
    const entered = enteredIn.get(value);
    if (entered === undefined) return `"${value}", which nobody entered,`;
    const people = `${system} ${entered.system}`;
    if (entered.number < (newest.get(people) ?? 0)) return `"${value}"`;
    newest.set(people, entered.number);
  }
  return null;
}

function describeChange({ system, by, value }: GroupChange): string {
  return `${system} ${by === 'person' ? '←' : '='} ${value}`;
}
