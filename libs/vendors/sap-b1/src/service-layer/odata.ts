import { Decimal } from '@entrepot/canonical';

/** A text as OData literal: in single quotes, quotes doubled. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Path of one entity, encoded: `keyPath('Items', "O'Brien")` → `Items('O''Brien')`; numbers stay bare. */
export function keyPath(entitySet: string, key: string | number): string {
  return `${entitySet}(${typeof key === 'number' ? String(key) : encodeURIComponent(quoteText(key))})`;
}

export interface ListQuery {
  readonly filter?: string;
  readonly select?: readonly string[];
  readonly orderBy?: string;
  readonly top?: number;
}

/** Query string with its leading `?`; empty when there is nothing to ask. */
export function formatQuery(query: ListQuery): string {
  const parts: string[] = [];
  if (query.select !== undefined) parts.push(`$select=${query.select.map(encodeURIComponent).join(',')}`);
  if (query.filter !== undefined) parts.push(`$filter=${encodeURIComponent(query.filter)}`);
  if (query.orderBy !== undefined) parts.push(`$orderby=${encodeURIComponent(query.orderBy)}`);
  if (query.top !== undefined) parts.push(`$top=${query.top}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

const EXACT_DIGITS = 15;

/**
 * A decimal as a JSON value that reads back as the same decimal. Service Layer takes numbers and texts alike; a number of more than 15
 * digits would not survive a double, so it goes as text.
 */
export function toWireNumber(value: Decimal): number | string {
  return value.precision(true) <= EXACT_DIGITS ? value.toNumber() : value.toFixed();
}

/**
 * An amount as Service Layer gives it (Edm.Double, so 19.99 may come as 19.989999999999998), rounded to `digits`. What is no number
 * (null, missing) is zero.
 */
export function readAmount(value: unknown, digits: number): Decimal {
  if (typeof value !== 'number' && typeof value !== 'string') return new Decimal(0);
  const amount = new Decimal(value === '' ? 0 : value);
  return amount.isFinite() ? amount.toDecimalPlaces(digits) : new Decimal(0);
}

/** A text as Service Layer gives it; null for null, missing and empty. */
export function readText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** True for Service Layer's yes. */
export function isYes(value: unknown): boolean {
  return value === 'tYES' || value === 'Y';
}

/** The day of a date as Service Layer gives it: `2026-03-01`, `2026-03-01T00:00:00Z` → `2026-03-01`. */
export function readDay(value: unknown): string | null {
  return typeof value === 'string' && value.length >= 10 ? value.slice(0, 10) : null;
}
