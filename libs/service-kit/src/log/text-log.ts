const SHOWN_ELSEWHERE = new Set(['time', 'level', 'service', 'message', 'err']);

/** One JSON log line as a line for people: time, level, service, message, then the facts as `key=value`; stacks below. */
export function formatLogLine(line: string): string {
  const entry = parseEntry(line);
  if (entry === null) return line;
  const time = typeof entry.time === 'string' ? entry.time.slice(11, 23) : '';
  const facts = Object.entries(entry)
    .filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${time} ${String(entry.level).toUpperCase().padEnd(5)} ${entry.service}: ${entry.message}`;
  const error = isRecord(entry.err)
    ? `\n  ${String(entry.err.stack ?? entry.err.message).replaceAll('\n', '\n  ')}`
    : '';
  return `${[head, ...facts].join(' ')}${error}\n`;
}

function parseEntry(line: string): Record<string, unknown> | null {
  try {
    const entry: unknown = JSON.parse(line);
    return isRecord(entry) ? entry : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
