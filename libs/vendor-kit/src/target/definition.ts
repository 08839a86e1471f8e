import type { EntityName } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf } from '@entrepot/mapping';
import type { Masker } from '@entrepot/service-kit/masking';
import type { z } from 'zod';
import type { CallBudget, CallContext, ClientBudget } from '../call.ts';
import type { ConnectionView, ListedValue, TestReport, VendorLog } from '../connection.ts';
import type { CredentialVault } from '../credentials/index.ts';
import type { FindByNaturalKey, TargetEntity, TargetTypes } from './entity.ts';

/** What a runtime gives a target to open a connection. */
export interface TargetContext<Settings = unknown, Secrets = unknown> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly log: VendorLog;
  now(): number;
  readonly budget: CallBudget;
  /** The session token kept for the successor (sealed in the store), for the guard `session`. */
  readonly sessionVault: SessionVault;
  /** Credentials that the vendor gave the connection, shared with its source side. */
  readonly credentials: CredentialVault;
}

export interface SessionVault {
  read(): Promise<string | null>;
  write(token: string | null): Promise<void>;
}

/** The same as a vendor gets it: everything that leaves through it is masked. */
export interface GuardedTargetContext<Settings = unknown, Secrets = unknown>
  extends Omit<TargetContext<Settings, Secrets>, 'budget'>,
    ClientBudget {
  /** Knows the secrets of the connection and its stored session; for the HTTP client, which teaches it later ones. */
  readonly masker: Masker;
}

/** Selectable values of one kind of reference data, read live. A kind is the name of the value map, or the setting, that it feeds. */
export type ListTargetValues<Client = unknown> = {
  list(client: Client, call: CallContext): Promise<ListedValue[]>;
}['list'];

/**
 * The target side of a vendor, declared entity by entity. Everything but `open` takes the client that `open` made; members are methods, so
 * that a definition with types of its own stands in a list of vendors without a cast.
 */
export interface TargetDefinition<V extends TargetTypes = TargetTypes, Secrets = unknown> {
  open(context: GuardedTargetContext<V['settings'], Secrets>): V['client'];
  close(client: V['client']): Promise<void>;
  test(client: V['client'], call: CallContext): Promise<TestReport>;
  readonly values: Readonly<Record<string, ListTargetValues<V['client']>>>;
  /** Ends the predecessor's session, once at the beginning of each lane epoch. Only with the guard `session`, which is nothing without it. */
  fence?(client: V['client'], call: CallContext): Promise<void>;
  /** Company data that the mapping needs (currency, digits …), cached by the client. Left out: nothing. */
  companyProfile?(client: V['client'], call: CallContext): Promise<V['profile']>;
  readonly entities: { readonly [E in EntityName]?: TargetEntity<E, V> };
  /** Entities that are looked up by their natural key, and not written. */
  readonly references?: { readonly [E in EntityName]?: FindByNaturalKey<V> };
}

/** Declares a target; what a vendor writes is checked against its own types here, and taken as any vendor's from here on. */
export function defineTarget<V extends TargetTypes, Secrets>(
  definition: TargetDefinition<V, Secrets>,
): TargetDefinition {
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
