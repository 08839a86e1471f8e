/** An integer of any length, written into JSON as a number: that is how Shopify writes ids beyond 2^53. */
export class RawNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

const MARK = '\u0001raw:';

/** JSON with {@link RawNumber}s as bare digits. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    member instanceof RawNumber ? `${MARK}${member.digits}` : member,
  );
  return text.replaceAll(/"\\u0001raw:(\d+)"/g, '$1');
}
