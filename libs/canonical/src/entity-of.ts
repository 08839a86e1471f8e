import type { EntityRecords } from './generated/entities.gen.ts';
import type { EntityName } from './names.ts';

/** The record type of an entity: `EntityOf<'order'>` is Order; of several names, their union. */
export type EntityOf<E extends EntityName = EntityName> = E extends keyof EntityRecords ? EntityRecords[E] : never;
