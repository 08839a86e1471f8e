import { z } from 'zod';

/** A whole number in a query, in decimal digits only: `0x10`, `1e2`, ` 7` and `007` are refused. */
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
 * Characters refused in text that people read: control characters, those that reverse its direction, and invisible ones. A label with them
 * looks like another one.
 */
const UNSEEN =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb';
/** The same, but line ends and tabs are allowed. */
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

/** Multi-line text that people read, e.g. the reason for an action. */
export function textForPeople(longest: number, missing: string) {
  return z
    .string()
    .min(1, missing)
    .max(longest)
    .regex(/\S/, missing)
    .regex(new RegExp(`^[^${UNSEEN_IN_TEXT}]*$`), 'holds control characters, or some that turn the direction of text');
}
