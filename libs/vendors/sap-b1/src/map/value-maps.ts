import { type Ref } from '@entrepot/canonical';
import { ANY_VALUE, findMappedValue, type MappingSettings } from '@entrepot/mapping';

export type ValueMapKind =
  | 'warehouse'
  | 'paymentTerms'
  | 'tax'
  | 'shipVia'
  | 'salesPerson'
  | 'branch'
  | 'currency'
  | 'customerGroup'
  | 'priceList'
  | 'state';

/** Looks the candidates up in a value map of the flow, first hit wins, then `*`; null when the map says nothing. */
export function lookUpValue(
  flow: MappingSettings,
  kind: ValueMapKind,
  candidates: readonly (string | null | undefined)[],
): string | null {
  const known = candidates.find(
    (candidate) =>
      candidate !== null && candidate !== undefined && Object.hasOwn(flow.valueMaps[kind] ?? {}, candidate),
  );
  if (known !== undefined && known !== null) return findMappedValue(flow, kind, known) ?? null;
  const first =
    candidates.find((candidate) => candidate !== null && candidate !== undefined && candidate !== '') ?? null;
  // "*" says what a value of the source becomes; where the source gives none, it stands for that too.
  return Object.hasOwn(flow.valueMaps[kind] ?? {}, ANY_VALUE) ? (findMappedValue(flow, kind, first) ?? null) : null;
}

/** True when the flow has a map of that kind: a value it does not know is then a gap to report, not "no wish". */
export function hasValueMap(flow: MappingSettings, kind: ValueMapKind): boolean {
  return Object.keys(flow.valueMaps[kind] ?? {}).length > 0;
}

/** What a reference may be listed under in a value map: id, number, name. */
export function namesOf(ref: Ref | null | undefined): (string | null)[] {
  return ref === null || ref === undefined ? [] : [ref.id, ref.number, ref.name];
}

/** The most descriptive name of a reference, for messages. */
export function labelOf(ref: Ref): string {
  return ref.name ?? ref.number ?? ref.id ?? '(unnamed)';
}
