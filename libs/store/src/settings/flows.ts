import type { EntityName, FieldProblem } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FlowDocument } from '../documents.ts';
import type { Change } from './live-snapshot.ts';

/** "Entity E from connection A to connection B". `settings` complete: defaults filled in, `target` parsed by the target vendor. */
export interface Flow extends Omit<FlowDocument, '_id' | 'settings' | 'format2'> {
  /** `<entity>:<from>:<to>` */
  readonly id: string;
  readonly settings: FlowSettings;
  /** Stored settings of an older release that this release would refuse. */
  readonly problems: readonly FieldProblem[];
  /** False when the settings cannot be read even approximately: they stay as stored, and nothing is delivered by them. */
  readonly usable: boolean;
}

export interface FlowInput {
  readonly entity: EntityName;
  readonly from: string;
  readonly to: string;
  readonly active: boolean;
  /** As `flowSettingsSchemaOf` takes them (defaults may be left out). */
  readonly settings: unknown;
}

export interface FlowPatch {
  readonly active?: boolean;
  /** Replaces all settings. */
  readonly settings?: unknown;
}

export interface Flows {
  /** From the database. */
  list(): Promise<Flow[]>;
  get(id: string): Promise<Flow | null>;
  /** As last seen by this process, inactive ones included; kept fresh by a change stream. */
  snapshot(): readonly Flow[];
  /** From the snapshot. */
  find(id: string): Flow | null;
  /** Active flows of an entity from a source connection, from the snapshot. */
  forSource(entity: EntityName, from: string): readonly Flow[];
  onChange(listener: (change: Change<Flow>) => void): () => void;

  /**
   * Also gives the target connection its lane partition.
   * @throws InvalidSettings with paths (unknown connections, entities a vendor does not have, settings) · StoreConflict when the triple has a flow
   */
  create(input: FlowInput): Promise<Flow>;
  /**
   * Changes a flow if its revision is still `expectedRevision`; raises the revision, and the mapping revision when what is written
   * changes (defaults, value maps, fields, target settings).
   * @throws InvalidSettings · NotInStore · StoreConflict
   */
  update(id: string, expectedRevision: number, patch: FlowPatch): Promise<Flow>;
  /** @throws NotInStore · StoreConflict when it was changed meanwhile */
  remove(id: string, expectedRevision: number): Promise<void>;
}

/** `_id` of a flow. */
export function flowId(entity: EntityName, from: string, to: string): string {
  return `${entity}:${from}:${to}`;
}
