import type { MetafieldState } from './state.ts';
import type { Store } from './store.ts';

export interface MetafieldInput {
  readonly namespace?: string | null;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly type?: string | null;
}

export function readMetafields(store: Store, inputs: readonly MetafieldInput[], at: string): MetafieldState[] {
  const metafields: MetafieldState[] = [];
  for (const input of inputs) setMetafield(store, metafields, input, at);
  return metafields;
}

/** Writes one metafield; the same namespace and key is overwritten. */
export function setMetafield(
  store: Store,
  metafields: MetafieldState[],
  input: MetafieldInput,
  at: string,
): MetafieldState {
  const namespace = input.namespace ?? 'custom';
  const key = input.key ?? '';
  const present = metafields.find((metafield) => metafield.namespace === namespace && metafield.key === key);
  if (present !== undefined) {
    present.value = input.value ?? '';
    present.updatedAt = at;
    return present;
  }
  const made = {
    id: store.nextGid('Metafield'),
    namespace,
    key,
    value: input.value ?? '',
    type: input.type ?? 'single_line_text_field',
    createdAt: at,
    updatedAt: at,
  };
  metafields.push(made);
  return made;
}
