import { type Masker, NAMES_ONLY } from './masker.ts';
import { isPersonalName, isSecretName } from './names.ts';

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

/** What is done to the facts of a log line. */
interface Masking {
  readonly allowPersonal: boolean;
  readonly masker: Masker;
}

/**
 * A copy of `facts` fit for a log: secrets replaced by `[secret]` always, personal data by `[personal]` unless `allowPersonal`,
 * texts masked, errors as plain objects with their causes, bytes as their length, cycles and depth cut.
 */
export function maskFacts(facts: object, allowPersonal: boolean, masker: Masker = NAMES_ONLY): Record<string, unknown> {
  const masked = maskValue(facts, { allowPersonal, masker }, 0, new Set());
  return isRecord(masked) ? masked : { facts: masked };
}

function maskValue(value: unknown, masking: Masking, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return masking.masker.mask(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  above.add(value);
  try {
    if (Array.isArray(value)) {
      return value.slice(0, MAX_ITEMS).map((item) => maskValue(item, masking, depth + 1, above));
    }
    if (value instanceof Map) return `[map of ${value.size}]`;
    if (value instanceof Set) return `[set of ${value.size}]`;
    if (!(value instanceof Error) && 'toJSON' in value && typeof value.toJSON === 'function') {
      return maskValue(value.toJSON(), masking, depth + 1, above);
    }
    const masked: Record<string, unknown> = value instanceof Error ? describeError(value, masking.masker) : {};
    const entries = value instanceof Error ? listErrorFacts(value) : Object.entries(value);
    for (const [key, item] of entries) masked[key] = maskField(key, item, masking, depth, above);
    return masked;
  } finally {
    above.delete(value);
  }
}

function maskField(key: string, item: unknown, masking: Masking, depth: number, above: Set<object>): unknown {
  const present = item !== null && item !== undefined && typeof item !== 'boolean';
  if (present && isSecretName(key)) return '[secret]';
  if (present && !masking.allowPersonal && isPersonalName(key)) return '[personal]';
  return maskValue(item, masking, depth + 1, above);
}

function describeError(error: Error, masker: Masker): Record<string, unknown> {
  return { type: error.name, message: masker.mask(error.message), stack: masker.mask(error.stack ?? '') };
}

/** Codes and the like, and the cause; not the connections, requests and topologies that drivers hang on their errors. */
function listErrorFacts(error: Error): [string, unknown][] {
  const facts = Object.entries(error).filter(([, value]) => typeof value !== 'object' && typeof value !== 'function');
  return error.cause === undefined ? facts : [...facts, ['cause', error.cause]];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
