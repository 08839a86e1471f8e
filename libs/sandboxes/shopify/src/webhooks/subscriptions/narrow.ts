import { holds, readSearch, termsOf } from '../../graphql/search/syntax.ts';
import { RawNumber } from '../raw-json.ts';

/** Whether the shop takes a filter: every part of it names a field. */
export function isFilterValid(filter: string | null | undefined): boolean {
  return termsOf(readSearch(filter ?? '')).every((term) => term.field !== 'default');
}

/** Whether a payload is for a subscription with this filter. */
export function passesFilter(payload: unknown, filter: string | null): boolean {
  if (!filter) return true;
  return holds(readSearch(filter), (field, operator, value) =>
    valuesAt(payload, field.split('.')).some((one) => compares(one, operator, value)),
  );
}

/** A payload with nothing but the fields asked for; of nested ones by dots. Without any, the whole. */
export function keepFields(payload: unknown, includeFields: readonly string[]): unknown {
  if (includeFields.length === 0) return payload;
  return pick(
    payload,
    includeFields.map((field) => field.split('.')),
  );
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((one) => pick(one, paths));
  if (typeof value !== 'object' || value === null || value instanceof RawNumber) return value;
  const names = new Set(paths.map(([name]) => name));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => names.has(name))
      .map(([name, inner]) => [
        name,
        pick(
          inner,
          paths.filter(([first]) => first === name).map((path) => path.slice(1)),
        ),
      ]),
  );
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path));
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Record<string, unknown>)[name], rest);
}

function compares(value: unknown, operator: string, wanted: string): boolean {
  const text = value instanceof RawNumber ? value.digits : String(value ?? '');
  if (operator === '') return wanted === '*' ? text !== '' : text.toLowerCase() === wanted.toLowerCase();
  const times = [Date.parse(text), Date.parse(wanted)];
  const [left = Number.NaN, right = Number.NaN] = /^-?[\d.]+$/.test(text) ? [Number(text), Number(wanted)] : times;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return operator === '<' ? left < right : left <= right;
}
