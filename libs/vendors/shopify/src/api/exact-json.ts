/** The shortest integers beyond 2^53 have 16 digits. */
const LONG_NUMBER = /\d{16}/;

type ReviverContext = { readonly source?: string };

/**
 * Parses JSON so that integers beyond 2^53 stay exact: they become text. Shopify's webhook payloads carry ids such as
 * 820982911946154508 as JSON numbers, which JSON.parse alone rounds to …500.
 * @throws SyntaxError when it is not JSON
 */
export function parseExactJson(text: string): unknown {
  // Looking at each value costs several times as much as parsing, and hardly any text holds so long a number.
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined
      ? context.source
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}
