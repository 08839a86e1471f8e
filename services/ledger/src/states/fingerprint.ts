import { createHash } from 'node:crypto';
import type { ErrorDetail } from '@entrepot/canonical';

/** Rises when the rule below changes; groups of older versions stay unchanged. */
const FINGERPRINT_VERSION = 1;

/**
 * Equal for failures with the same cause: same target, entity, kind and code, same words without ids, numbers and quoted values, same
 * fields without list positions.
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

/** The message without the parts that differ from record to record; shown as the group's title. */
export function maskValues(message: string): string {
  return message
    .replace(/"[^"]*"/g, '"…"')
    .replace(/'[^']*'/g, "'…'")
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, '…')
    .replace(/\S+@\S+/g, '…')
    .replace(/#?\b[\w-]*\d[\w.,:-]*/g, '…');
}
