/** Microseconds since 1970-01-01T00:00:00Z: a safe integer until the year 2255. */
export type TimestampMicros = number;

/** Now, in microseconds (with the clock's milliseconds). */
export function nowMicros(): TimestampMicros {
  return Date.now() * 1000;
}

/** No wait is longer: what comes later is as good as lost, and far beyond it lie times that no clock and no database knows. */
export const LONGEST_DELAY_MS = 30 * 86_400_000;

/** A delay as it may be added to a time: neither back, nor beyond {@link LONGEST_DELAY_MS}, whatever a setting or a vendor said. */
export function boundDelayMs(delayMs: number): number {
  // In this order, since NaN is below nothing.
  return delayMs < LONGEST_DELAY_MS ? Math.max(0, delayMs) : LONGEST_DELAY_MS;
}

/** Writes microseconds as ISO 8601 in UTC: `2026-11-21T22:12:16.123456Z`, without a fraction that is zero. */
export function formatTimestamp(micros: TimestampMicros): string {
  if (!Number.isSafeInteger(micros))
    throw new TypeError(`${micros} is not a time in microseconds: it must be a whole number.`);
  const ms = Math.floor(micros / 1000);
  const rest = micros - ms * 1000;
  const text = new Date(ms).toISOString().replace('.000Z', rest === 0 ? 'Z' : '.000Z');
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/**
 * Reads ISO 8601 with a zone, keeping microseconds (further digits are cut).
 * Throws without a zone: whoever reads a source knows its zone and must say it.
 */
export function parseTimestamp(text: string): TimestampMicros {
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})$/.exec(text);
  const ms = parts
    ? Date.parse(`${parts[1]}${parts[3] === 'Z' ? 'Z' : parts[3]!.replace(/^(.\d{2}):?(\d{2})$/, '$1:$2')}`)
    : Number.NaN;
  if (!parts || Number.isNaN(ms))
    throw new TypeError(
      `"${text}" is not a time: expected ISO 8601 with a zone, for example 2026-11-21T22:12:16.123456Z.`,
    );
  return ms * 1000 + Number((parts[2] ?? '').slice(0, 6).padEnd(6, '0'));
}
