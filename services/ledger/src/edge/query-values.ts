import { z } from 'zod';

/** A whole number of a query, in decimal digits and nothing else: `0x10`, `1e2`, ` 7` and `007` are none. */
export function wholeNumber(least: number, most: number) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text),
    z.number({ error: 'write a whole number in decimal digits' }).int().min(least).max(most),
  );
}

/** Values of a list, comma-separated: `state=failed,mismatch`. */
export function oneOrMoreOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.preprocess((text) => (typeof text === 'string' ? text.split(',') : text), z.array(z.enum(values)).min(1));
}

/**
 * What no text that people read may hold: control characters, those that turn its direction around, and those that cannot be seen. A label
 * with them shows as another than it is.
 */
const UNSEEN =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb';
/** The same, but line ends and tabs may be. */
const UNSEEN_IN_TEXT = UNSEEN.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f');

/** One line that people read, e.g. a label. */
export function lineOfText(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest)
    .regex(
      new RegExp(`^[^\\s${UNSEEN}](?:[^${UNSEEN}]*[^\\s${UNSEEN}])?$`),
      'begins and ends with a visible character, and holds no control characters and none that turn the direction of text',
    );
}

/** Text that people read, e.g. the reason for what they do; lines of it may end. */
export function textForPeople(longest: number, missing: string) {
  return z
    .string()
    .min(1, missing)
    .max(longest)
    .regex(/\S/, missing)
    .regex(new RegExp(`^[^${UNSEEN_IN_TEXT}]*$`), 'holds control characters, or some that turn the direction of text');
}
