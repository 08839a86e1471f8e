/** Microseconds since 1970-01-01T00:00:00Z: a safe integer until the year 2255. */
export type TimestampMicros = number;
