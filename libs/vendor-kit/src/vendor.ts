import type { EntityName } from '@entrepot/canonical';
import { z } from 'zod';
import type { ClientDefinition } from './client/definition.ts';
import type { OAuthSignIn } from './credentials/index.ts';
import type { BudgetLimits } from './settings/budget-settings.ts';
import type { MovedSetting } from './settings/moved-settings.ts';
import type { SourceDefinition } from './source/definition.ts';
import { listEntities, noSettings } from './source/entity.ts';
import type { TargetDefinition } from './target/definition.ts';
import type { TargetTypes } from './target/entity.ts';

/** A vendor plug-in as it is written: typed by its settings, its secrets and its client. */
export interface VendorDesign<Settings, Secrets, Client> {
  /** Topic and URL part, e.g. `sap-b1`. */
  readonly name: string;
  /** For people, e.g. `SAP Business One`. */
  readonly title: string;
  /** Settings of a connection (shown in forms; JSON Schema derived); those of single entities are added to them, under `source`. */
  readonly settings: z.ZodObject & z.ZodType<Settings>;
  /** Secrets of a connection (write-only in the API, encrypted at rest). */
  readonly secrets: z.ZodType<Secrets>;
  /** Left out: none. */
  readonly movedSettings?: readonly MovedSetting[];
  /** Left out: no person signs in on the vendor's pages. */
  readonly oauth?: OAuthSignIn<Settings, Secrets>;
  /** What the calls of a connection may be, by its settings; both sides together. */
  budget(settings: Settings): BudgetLimits;
  /** What both sides work with; opened once for a connection. */
  readonly client: ClientDefinition<Settings, Secrets, Client>;
  readonly source: SourceDefinition<Settings, Secrets, NoInfer<Client>> | null;
  readonly target: TargetDefinition<TypesOf<NoInfer<Client>>> | null;
}

/** Those of a target on this client; the others are its own matter. */
interface TypesOf<Client> extends TargetTypes {
  readonly client: Client;
}

/** A vendor plug-in: everything that runtimes, ledger and console need to know of a vendor. */
export interface Vendor {
  readonly name: string;
  readonly title: string;
  readonly settings: z.ZodType;
  readonly secrets: z.ZodType;
  readonly movedSettings: readonly MovedSetting[];
  readonly oauth: OAuthSignIn | null;
  budget(settings: unknown): BudgetLimits;
  readonly client: ClientDefinition;
  readonly source: SourceDefinition | null;
  readonly target: TargetDefinition | null;
}

/**
 * Every vendor defines itself by this. The types of its settings end here: the caller that opens a connection passes
 * what the vendor's own schemas have parsed.
 */
export function defineVendor<Settings, Secrets, Client>(design: VendorDesign<Settings, Secrets, Client>): Vendor {
  const { settings, source, movedSettings = [], oauth = null } = design;
  checkConfirmations(design);
  checkStates(design);
  return { ...design, movedSettings, oauth, settings: addEntitySettings(settings, source) };
}

/** @throws TypeError when an entity waits for a confirmation that no entity of the vendor's own source gives */
function checkConfirmations({ name, source, target }: Pick<Vendor, 'name' | 'source' | 'target'>): void {
  const confirms = listEntities(source?.entities ?? {}).some((each) => source?.entities[each]?.confirms !== undefined);
  for (const each of listEntities(target?.entities ?? {})) {
    if (target?.entities[each]?.confirmation?.by === 'inbound' && !confirms)
      throw new TypeError(
        `${name}: its ${each} is confirmed from inbound, and nothing that it reads confirms documents`,
      );
  }
}

/** @throws when a source shows states that no target entity of the vendor has */
function checkStates({ name, source, target }: Pick<Vendor, 'name' | 'source' | 'target'>): void {
  for (const entity of listEntities(source?.entities ?? {})) {
    const isShown = source?.entities[entity]?.showsStates === true;
    if (isShown && target?.entities[entity]?.fieldGroups === undefined)
      throw new TypeError(`${name} shows states of ${entity}, and its target declares no fieldGroups of that entity`);
  }
}

function addEntitySettings(settings: z.ZodObject, source: SourceDefinition | null): z.ZodType {
  const parts = new Map<EntityName, z.ZodType>();
  for (const name of listEntities(source?.entities ?? {})) {
    const part = source?.entities[name]?.settings ?? noSettings;
    if (part !== noSettings) parts.set(name, part.prefault({}).describe(`How ${name} records are read`));
  }
  if (parts.size === 0) return settings;
  const ofEntities = z.strictObject(Object.fromEntries(parts)).prefault({});
  return settings.safeExtend({
    source: ofEntities.describe('Settings of single entities, as this connection reads them'),
  });
}
