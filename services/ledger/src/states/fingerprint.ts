import { createHash } from 'node:crypto';
import type { ErrorDetail } from '@entrepot/canonical';

/** Rises when the rule below changes; groups of older versions are left as they are. */
const FINGERPRINT_VERSION = 1;

/**
 * Equal for failures with the same cause: same target, entity, kind and code, same words once ids, numbers and quoted values are
 * taken out, same fields once list positions are.
 * @returns 16 hexadecimal digits
 */
export function fingerprintOf(target: string, entity: string, error: ErrorDetail): string {
  const fields = [...new Set(error.fields.map((field) => field.path.replace(/\d+/g, '#')))].sort();
  const parts = [
    FINGERPRINT_VERSION,
    target,
    entity,
    error.kind,
    error.code ?? '',
    maskValues(error.message),
    ...fields,
  ];
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
}

/** The message without what differs from record to record; shown as the group's title. */
export function maskValues(message: string): string {
  return message
    .replace(/"[^"]*"/g, '"…"')
    .replace(/'[^']*'/g, "'…'")
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, '…')
    .replace(/\S+@\S+/g, '…')
    .replace(/#?\b[\w-]*\d[\w.,:-]*/g, '…');
}
