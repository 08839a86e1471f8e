import type { Source, Via } from './generated/shared.gen.ts';
import type { TimestampMicros } from './values/timestamps.ts';

/** What the connector adds to a mapped entity before it is published. */
export interface SourceCompletion {
  readonly version: number;
  readonly contentHash: string;
  readonly via: Via;
  readonly observedAt: TimestampMicros;
  readonly origin?: string | null;
}

/** Gives the entity with its source completed: a mapper leaves version 0 and contentHash ''. The entity given stays as it is. */
export function completeSource<E extends { source: Source }>(entity: E, completion: SourceCompletion): E {
  return { ...entity, source: { ...entity.source, ...completion, origin: completion.origin ?? null } };
}
