import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const POLL_MS = 500;
const SAME_AGAIN_AFTER_MS = 30_000;

interface LogLine {
  level?: string;
  message?: string;
  err?: { message?: string };
  from?: string;
}

/** The words of a log line that people should see immediately, or null: warnings and errors only. */
export function pickWarning(line: string): string | null {
  try {
    const { level, message, err, from } = JSON.parse(line) as LogLine;
    if (level !== 'warn' && level !== 'error') return null;
    // The Kafka client's own words about what it tries again; what comes of it, the service says itself.
    if (from?.startsWith('kafkajs') === true) return null;
    const reason = err?.message;
    return reason === undefined || message?.includes(reason) ? (message ?? null) : `${message}: ${reason}`;
  } catch {
    return null;
  }
}

/** Follows a log from now on and prints its warnings, the same one at most twice a minute. Ends with the returned function. */
export function followWarnings(logFile: string, onWarning: (text: string) => void): () => void {
  let position = existsSync(logFile) ? statSync(logFile).size : 0;
  let rest = '';
  const told = new Map<string, number>();
  const readNew = (): void => {
    if (!existsSync(logFile)) return;
    const file = openSync(logFile, 'r');
    try {
      const fresh = Buffer.alloc(Math.max(0, fstatSync(file).size - position));
      position += readSync(file, fresh, 0, fresh.length, position);
      const lines = (rest + fresh.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const text = pickWarning(line)?.slice(0, 200);
        if (text === undefined || Date.now() - (told.get(text) ?? 0) < SAME_AGAIN_AFTER_MS) continue;
        told.set(text, Date.now());
        onWarning(text);
      }
    } finally {
      closeSync(file);
    }
  };
  const timer = setInterval(readNew, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
