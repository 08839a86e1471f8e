import type { EntityName } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf } from '@entrepot/mapping';
import type { z } from 'zod';
import type { CallContext } from '../call.ts';
import type { ListedValue, TestReport } from '../connection.ts';
import type { FindByNaturalKey, TargetEntity, TargetTypes } from './entity.ts';

/** Keeps the session token of a lane's owner for its successor (sealed in the store), for the guard `session`. */
export interface SessionVault {
  read(): Promise<string | null>;
  write(token: string | null): Promise<void>;
}

/** Selectable values of one kind of reference data, read live. A kind is the name of the value map, or the setting, that it feeds. */
export type ListTargetValues<Client = unknown> = {
  list(client: Client, call: CallContext): Promise<ListedValue[]>;
}['list'];

/**
 * The target side of a vendor, declared entity by entity, on the client that the vendor declares once for both sides. Members are methods,
 * so that a definition with types of its own stands in a list of vendors without a cast.
 */
export interface TargetDefinition<V extends TargetTypes = TargetTypes> {
  test(client: V['client'], call: CallContext): Promise<TestReport>;
  readonly values: Readonly<Record<string, ListTargetValues<V['client']>>>;
  /**
   * Ends the session that `vault` keeps, and from then on keeps the client's own there. Once at the beginning of each lane epoch: a session
   * that was written in before is ended, too. Only with the guard `session`, which is nothing without it.
   */
  fence?(client: V['client'], vault: SessionVault, call: CallContext): Promise<void>;
  /** Company data that the mapping needs (currency, digits …), cached by the client. Left out: nothing. */
  companyProfile?(client: V['client'], call: CallContext): Promise<V['profile']>;
  readonly entities: { readonly [E in EntityName]?: TargetEntity<E, V> };
  /** Entities that are looked up by their natural key, and not written. */
  readonly references?: { readonly [E in EntityName]?: FindByNaturalKey<V> };
}

/** Declares a target: what a vendor writes is checked against its own types here. */
export function defineTarget<V extends TargetTypes>(definition: TargetDefinition<V>): TargetDefinition<V> {
  return definition;
}

/** Entities whose states the plans of a flow of an entity are based on: its own ones, and those of the prerequisites that it writes. */
export function listCollected(
  { entities }: Pick<TargetDefinition, 'entities'>,
  name: EntityName,
): readonly EntityName[] {
  const written = [name, ...(entities[name]?.prerequisites ?? [])];
  return [...new Set(written.flatMap((each) => entities[each]?.collects ?? []))];
}

const flowSchemas = new WeakMap<TargetEntity, z.ZodType<FlowSettings>>();

/** The schema of the settings of a flow into this target; null when the target does not write the entity. */
export function flowSchemaOf(
  { entities }: Pick<TargetDefinition, 'entities'>,
  name: EntityName,
): z.ZodType<FlowSettings> | null {
  const entity = entities[name];
  if (entity === undefined) return null;
  const known = flowSchemas.get(entity);
  if (known !== undefined) return known;
  const prerequisites = (entity.prerequisites ?? []).flatMap((needed) => {
    const settings = entities[needed]?.settings;
    return settings === undefined ? [] : [[needed, settings] as const];
  });
  const schema = flowSettingsSchemaOf(name, {
    target: entity.settings,
    prerequisites: Object.fromEntries(prerequisites),
    fieldGroups: Object.keys(entity.fieldGroups?.fields ?? {}),
  });
  flowSchemas.set(entity, schema);
  return schema;
}
