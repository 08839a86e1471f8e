import { z } from 'zod';
import { checkExpression, EXPRESSION_LIMITS } from '../expression.ts';

/**
 * The kinds of fields that settings are made of. Each has bounds, names them in its help and in its error, and is what
 * forms show. The bounds are wide: they keep out obvious mistakes, and what would break a clock, an index or a page.
 */

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number. */
export function wholeNumber(help: string, { min, max }: Bounds) {
  return boundedNumber(z.int, help, min, max, `${min} to ${max}`);
}

/** A number that may have a fraction. */
export function fraction(help: string, { min, max }: Bounds) {
  return boundedNumber(z.number, help, min, max, `${min} to ${max}`);
}

/** A time span in whole milliseconds. */
export function milliseconds(help: string, { min, max }: Bounds) {
  return boundedNumber(z.int, help, min, max, `${min} (${nameSpan(min)}) to ${max} (${nameSpan(max)})`);
}

function boundedNumber(make: typeof z.int | typeof z.number, help: string, min: number, max: number, range: string) {
  const error = `must be a ${make === z.int ? 'whole number' : 'number'} from ${range}`;
  return make({ error }).min(min, { error }).max(max, { error }).describe(`${help}; ${range}`);
}

const SPANS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
  [1, 'millisecond'],
] as const;

function nameSpan(ms: number): string {
  const [size, name] = SPANS.find(([each]) => ms >= each && ms % each === 0) ?? [1, 'millisecond'];
  const count = ms / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** A text of at least one character. */
export function text(help: string, maxChars: number) {
  return boundedText(maxChars).describe(`${help}; at most ${maxChars} characters`);
}

/** As {@link text}, where the list or map around it says what it is. */
export function boundedText(maxChars: number, minChars = 1) {
  const error = `must be a text of ${minChars} to ${maxChars} characters`;
  return z.string({ error }).min(minChars, { error }).max(maxChars, { error });
}

/** An amount of zero or more, as text, so that no digit is lost. */
export function amount(help: string) {
  const error =
    'must be an amount of zero or more, such as "0" or "0.01", with at most 12 digits before the point and 6 behind it';
  return z
    .string({ error })
    .regex(/^\d{1,12}(\.\d{1,6})?$/, { error })
    .describe(`${help}; an amount of zero or more with at most 12 digits before the point and 6 behind it`);
}

/** A JSONata expression; what does not compile is refused with the place of the fault. */
export function expression() {
  return z
    .string({ error: 'must be a JSONata expression' })
    .max(EXPRESSION_LIMITS.sourceChars, {
      error: `must have at most ${EXPRESSION_LIMITS.sourceChars} characters`,
      abort: true,
    })
    .superRefine((source, context) => {
      const message = checkExpression(source);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });
}

/**
 * Names that are no settings but reach for JavaScript's own properties, or by which bson 7.3 and mongoose 9.12 take a map for something else:
 * a value of theirs, a reference to another document (`$ref`), a document that can be asked for its plain form.
 */
const RESERVED = new Set([
  ...['__proto__', 'constructor', 'prototype', 'toJSON'],
  ...['toBSON', '_bsontype', '$ref'],
  ...['$__', '$isMongooseMap', 'isMongooseBuffer'],
]);
const MAX_NAME_CHARS = 200;

/** A map by name. */
export function namedValues<V extends z.ZodType>(value: V, mostEntries: number) {
  const name = z.string().superRefine((given, context) => {
    const message = checkName(given);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
  return z
    .record(name, value)
    .refine((entries) => Object.keys(entries).length <= mostEntries, {
      error: `must have at most ${mostEntries} entries`,
    })
    .meta({ maxProperties: mostEntries });
}

function checkName(name: string): string | null {
  if (RESERVED.has(name)) return 'is a reserved name';
  if (name === '' || name.length > MAX_NAME_CHARS) return `must have a name of 1 to ${MAX_NAME_CHARS} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'must have a name without control characters';
  // The database would keep another name.
  return /\p{Surrogate}/u.test(name) ? 'must have a name of whole characters' : null;
}
