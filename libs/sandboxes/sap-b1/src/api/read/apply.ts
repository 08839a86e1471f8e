import { Decimal } from 'decimal.js';
import type { Row } from '../../company/company.ts';
import { SapFault } from '../../protocol/sap-fault.ts';
import { type EntitySet } from '../../schema/entity-sets.ts';
import type { CallScope } from '../request.ts';
import { requireProperty } from './expand.ts';

const METHODS = ['sum', 'average', 'min', 'max', 'countdistinct'] as const;
type Method = (typeof METHODS)[number];

/** `DocTotal with sum as Total`, or `$count as Orders`, whose property and method are null. */
interface Aggregate {
  readonly property: string | null;
  readonly method: Method | null;
  readonly alias: string;
}

export interface Applied {
  /** What `filter(…)/` asks of rows first; null when it asks nothing. */
  readonly filter: string | null;
  /** Groups of the rows, and what is computed of each. */
  run(rows: readonly Row[]): Row[];
}

/**
 * Reads `$apply`: `aggregate(…)`, `groupby((A,B))`, `groupby((A,B),aggregate(…))`, each perhaps behind `filter(…)/`.
 * @throws SapFault 201 for other transformations and unknown properties
 */
export function readApply(scope: CallScope, set: EntitySet, text: string): Applied {
  const [, filter = null, rest] = /^(?:filter\((.*)\)\/)?((?:groupby|aggregate)\(.*\))$/s.exec(text.trim()) ?? [];
  const [, names, computed, alone] =
    /^(?:groupby\(\(([^()]*)\)(?:,\s*aggregate\(([^()]*)\))?\)|aggregate\(([^()]*)\))$/s.exec(rest ?? '') ?? [];
  const properties = splitNames(names);
  const aggregates = splitNames(computed ?? alone).map(readAggregate);
  if (properties.length + aggregates.length === 0) throw badApply();
  for (const name of [...properties, ...aggregates.map(({ property }) => property)])
    if (name !== null) requireProperty(scope, set, name);
  return {
    filter,
    run: (rows) => groupRows(rows, properties).map((group) => computeGroup(group, properties, aggregates)),
  };
}

function readAggregate(text: string): Aggregate {
  const count = /^\$count as (\w+)$/.exec(text);
  if (count !== null) return { property: null, method: null, alias: count[1] as string };
  const [, property, word, alias] = /^(\w+) with (\w+) as (\w+)$/.exec(text) ?? [];
  const method = METHODS.find((known) => known === word);
  if (property === undefined || method === undefined || alias === undefined) throw badApply();
  return { property, method, alias };
}

/** All rows are one group, also none of them, when there is nothing to group by. */
function groupRows(rows: readonly Row[], properties: readonly string[]): (readonly Row[])[] {
  if (properties.length === 0) return [rows];
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(properties.map((name) => row[name] ?? null));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function computeGroup(rows: readonly Row[], properties: readonly string[], aggregates: readonly Aggregate[]): Row {
  return Object.fromEntries([
    ...properties.map((name) => [name, rows[0]?.[name] ?? null]),
    ...aggregates.map((aggregate) => [aggregate.alias, computeAggregate(rows, aggregate)]),
  ]);
}

function computeAggregate(rows: readonly Row[], { property, method }: Aggregate): unknown {
  if (property === null) return rows.length;
  const values = rows.map((row) => row[property]).filter((value) => value !== null && value !== undefined);
  if (method === 'countdistinct') return new Set(values).size;
  if (values.length === 0) return null;
  if (method === 'min' || method === 'max') {
    const isBetter = (a: unknown, b: unknown) => (method === 'min' ? compare(a, b) < 0 : compare(a, b) > 0);
    return values.reduce((best, value) => (isBetter(value, best) ? value : best));
  }
  if (values.some((value) => typeof value !== 'number')) throw badApply();
  const total = Decimal.sum(...(values as number[]));
  return (method === 'sum' ? total : total.div(values.length)).toNumber();
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

function splitNames(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function badApply(): SapFault {
  return new SapFault(400, 201, 'Query string error - Invalid apply expression');
}
