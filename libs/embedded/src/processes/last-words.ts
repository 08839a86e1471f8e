import { readFileSync } from 'node:fs';

const TELLING = /error|exception|fatal|fail|denied|in use|fault|missing/i;

interface JsonLine {
  /** Our services, and most others. */
  level?: string;
  message?: string;
  err?: { message?: string };
  /** MongoDB: severity, words, details. */
  s?: string;
  msg?: string;
  attr?: { error?: unknown };
}

function readWords(line: string): string | null {
  if (!line.startsWith('{')) return TELLING.test(line) ? line : null;
  try {
    const { level, message, err, s: severity, msg, attr } = JSON.parse(line) as JsonLine;
    if (level === 'error' || level === 'fatal') {
      return [message, message?.includes(err?.message ?? '') ? undefined : err?.message].filter(Boolean).join(': ');
    }
    if (severity === 'E' || severity === 'F')
      return attr?.error === undefined ? (msg ?? null) : `${msg}: ${attr.error}`;
    return null;
  } catch {
    return null;
  }
}

/** The last warning or error line of a log, for a message about a process that died; empty if there is none. */
export function readLastWords(logFile: string, maxChars = 300): string {
  let text: string;
  try {
    text = readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
  for (const line of text.split('\n').reverse()) {
    if (/^\s+at /.test(line)) continue;
    const words = readWords(line.trim());
    if (words) return words.trim().slice(0, maxChars);
  }
  return '';
}
