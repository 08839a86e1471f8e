import type { Decimal, FieldProblem } from '@entrepot/canonical';
import { readAmount, readDay, readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';

/** Null, missing and '' are all "empty". */
export function differ(path: string, expected: string | null, actual: string | null): FieldProblem[] {
  return (expected ?? '') === (actual ?? '') ? [] : [{ path, expected: expected ?? '', actual: actual ?? '' }];
}

export function differAmount(path: string, expected: Decimal, actual: Decimal, tolerance: Decimal | 0): FieldProblem[] {
  return expected.minus(actual).abs().lte(tolerance)
    ? []
    : [{ path, expected: expected.toFixed(), actual: actual.toFixed() }];
}

/** Difference of a field whose kind only the plan knows: texts, codes, numbers, yes/no and days of custom fields. */
export function differPlain(path: string, planned: unknown, actual: unknown): FieldProblem[] {
  const expected = readPlain(planned);
  // SAP gives a day back with a time of day.
  const isDay = expected !== null && /^\d{4}-\d{2}-\d{2}$/.test(expected);
  return differ(path, expected, isDay ? readDay(actual) : readPlain(actual));
}

/** SAP keeps the line ends of its own client. */
export function readPlain(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'tYES' : 'tNO';
  if (typeof value === 'number') return readAmount(value, 6).toFixed();
  return readText(value)?.replaceAll(/\r\n?/g, '\n') ?? null;
}

/** In a foreign currency SAP keeps the document's own amounts in the Fc fields, DocTotal is in the company's currency. */
export function isForeign(order: SapEntity): boolean {
  return !readAmount(order.DocTotalFc, 6).isZero();
}
