import type { WaitingKey } from '@entrepot/canonical';
import { nameDocument, type TargetDependency } from '@entrepot/vendor-kit';
import { maskMatch } from '../problems.ts';

/** The record that a dependency is at the source. */
export function describeRef({ entity, sourceKey }: TargetDependency): Pick<WaitingKey, 'entity' | 'sourceKey'> {
  return { entity, sourceKey };
}

/** What the ledger knows a wait by. It holds no personal data. */
export function toWaitingKey(dependency: TargetDependency): WaitingKey {
  const { document, via, naturalKey } = dependency;
  return {
    ...describeRef(dependency),
    match: maskMatch(naturalKey),
    ...(document === undefined ? {} : { document: { role: document.role, subId: document.subId } }),
    ...(via === 'counterpart' ? { counterpart: true } : {}),
  };
}

/** Equal for dependencies that are resolved alike. */
export function identifyDependency(dependency: TargetDependency): string {
  const { entity, via = 'record', sourceKey, naturalKey, document, externalReferences = [] } = dependency;
  const named = document === undefined ? '' : nameDocument(document);
  return JSON.stringify([entity, via, sourceKey, naturalKey, named, externalReferences]);
}
