import { type Row, setOf } from '../../company/company.ts';
import { kindOfProperty } from '../../company/read-body.ts';
import { SapFault } from '../../protocol/sap-fault.ts';
import { type EntitySet, keyOfRow } from '../../schema/entity-sets.ts';
import { listNavigations, type Navigation } from '../../schema/navigation.ts';
import type { CallScope } from '../request.ts';
import { renderRow } from './render.ts';

/** What an answer holds of each row: its own properties, all of them when null, and rows that it leads to. */
export interface Projection {
  readonly select: readonly string[] | null;
  readonly expand: readonly Expansion[];
}

interface Expansion {
  readonly navigation: Navigation;
  readonly select: readonly string[] | null;
}

/**
 * Reads `$select` and `$expand`. Columns of an expanded row are chosen by `$expand=Nav($select=A,B)` or `$select=Nav/A`.
 * @throws SapFault 201 for unknown properties, and for collections that come with the entity
 */
export function readProjection(scope: CallScope, set: EntitySet, options: Map<string, string>): Projection {
  const selected = splitList(options.get('$select') ?? '').filter((name) => name !== '*');
  const own = selected.filter((name) => !name.includes('/'));
  for (const name of own) requireProperty(scope, set, name);
  const expand = splitList(options.get('$expand') ?? '').map((text) => {
    const [, name, choice] = /^(\w+)(?:\((.*)\))?$/s.exec(text) ?? [];
    const navigation = listNavigations(set.type).find((candidate) => candidate.name === name);
    // Lines and addresses come with the entity; they are no navigation properties.
    if (navigation === undefined)
      throw new SapFault(400, 201, `Cannot expand invalid navigation property '${name ?? text}'`);
    const inner = choice === undefined ? [] : splitList(/^\$select=(.*)$/s.exec(choice)?.[1] ?? choice);
    const outer = selected.filter((path) => path.startsWith(`${name}/`)).map((path) => path.split('/')[1] as string);
    const columns = [...inner, ...outer];
    for (const column of columns) requireProperty(scope, navigation.target, column);
    return { navigation, select: columns.length === 0 ? null : columns };
  });
  for (const path of selected.filter((name) => name.includes('/')))
    if (!expand.some(({ navigation }) => path.startsWith(`${navigation.name}/`)))
      throw new SapFault(400, 201, `Property '${path}' is invalid`);
  return { select: selected.length === 0 ? null : own, expand };
}

/** @throws SapFault 201 when the set's type has no such property */
export function requireProperty(scope: CallScope, set: EntitySet, property: string) {
  const kind = kindOfProperty(scope.company, set, set.type, property);
  if (kind === null) throw new SapFault(400, 201, `Property '${property}' is invalid`);
  return kind;
}

/** A row as an answer holds it. */
export function projectRow(scope: CallScope, set: EntitySet, row: Row, { select, expand }: Projection): Row {
  const written = renderRow(scope.company, scope.version, set, row, select);
  for (const { navigation, select: columns } of expand) {
    const rows = followNavigation(scope, navigation, set, row).map((found) =>
      renderRow(scope.company, scope.version, navigation.target, found, columns),
    );
    written[navigation.name] = navigation.toOne ? (rows[0] ?? null) : rows;
  }
  return written;
}

/** Rows that a navigation property leads to. */
export function followNavigation(scope: CallScope, navigation: Navigation, set: EntitySet, row: Row): Row[] {
  const rows = setOf(scope.company, navigation.target.name);
  if (!navigation.toOne) {
    const key = keyOfRow(set, row);
    return [...rows.values()].filter((found) => String(found[navigation.property]) === key);
  }
  const found = rows.get(String(row[navigation.property]));
  return found === undefined ? [] : [found];
}

/** Entries of a list, commas inside parentheses aside. */
function splitList(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
