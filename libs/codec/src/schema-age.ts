import type { AvroRecord } from '@entrepot/canonical';
import { collectNamed } from './compatibility.ts';

/**
 * True when `reader` has a place for whatever `writer` can say: each of its fields, each symbol of its enums. Then what was written with the
 * one can be written with the other, and nothing is lost. Of two released schemas the older one is such a writer; the newer one is not,
 * unless only words or defaults changed.
 */
export function holdsAllOf(reader: AvroRecord, writer: AvroRecord): boolean {
  const known = collectNamed(reader);
  for (const [name, { fields = [], symbols = [] }] of collectNamed(writer)) {
    const type = known.get(name);
    const names = new Set(type?.fields?.map((field) => field.name));
    if (type === undefined || fields.some((field) => !names.has(field.name))) return false;
    if (symbols.some((symbol) => !type.symbols?.includes(symbol))) return false;
  }
  return true;
}
