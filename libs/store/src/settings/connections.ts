import type { FieldProblem } from '@entrepot/canonical';
import type { ConnectionView } from '@entrepot/vendor-kit';
import type { ConnectionDocument, Throttled } from '../documents.ts';
import type { Change } from './live-snapshot.ts';

/** A configured vendor instance; its secrets only through {@link Connections.open}. */
export interface Connection
  extends Omit<ConnectionDocument, '_id' | 'sealedSecrets' | 'settingRules' | 'otherRevisions'> {
  readonly id: string;
  /** Rises with changes of settings or secrets alone: what is open by the former ones is opened anew then, and for no other change. */
  readonly accessRevision: number;
  /** What of the settings an older release saved and this one would refuse: read as near as allowed, or not usable until corrected. */
  readonly problems: readonly FieldProblem[];
}

export interface ConnectionInput {
  /** For ever: part of every key. Lower-case letters, digits and hyphens, at most 63. */
  readonly id: string;
  readonly label: string;
  readonly vendor: string;
  /** For ever; left out: the default one. */
  readonly tenant?: string;
  readonly active: boolean;
  /** As the vendor's `settings` schema takes them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** As the vendor's `secrets` schema takes them; left out: to be entered later, which `attention` then says. */
  readonly secrets?: Readonly<Record<string, unknown>>;
}

export interface ConnectionPatch {
  readonly label?: string;
  readonly active?: boolean;
  /** Replaces all settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Merged by name: null takes a secret away, names not given are kept. */
  readonly secrets?: Readonly<Record<string, unknown>>;
}

export interface Connections {
  /** From the database. */
  list(): Promise<Connection[]>;
  get(id: string): Promise<Connection | null>;
  /** As last seen by this process; kept fresh by a change stream, typically within milliseconds. */
  snapshot(): readonly Connection[];
  /** From the snapshot. */
  find(id: string): Connection | null;
  /** Called after the snapshot took a change in; returns a function that ends it. */
  onChange(listener: (change: Change<Connection>) => void): () => void;

  /** @throws InvalidSettings with paths · StoreConflict when the id is taken */
  create(input: ConnectionInput): Promise<Connection>;
  /**
   * Changes a connection if its revision is still `expectedRevision`; what equals the stored is no change, every change raises the
   * revision. New settings or secrets clear `attention`.
   * @throws InvalidSettings · NotInStore · StoreConflict when it was changed meanwhile
   */
  update(id: string, expectedRevision: number, patch: ConnectionPatch): Promise<Connection>;
  /** @throws StoreConflict while a flow uses it, or when it was changed meanwhile · NotInStore */
  remove(id: string, expectedRevision: number): Promise<void>;
  /** What a person must know or do; null when it is settled. An unknown id is ignored. */
  setAttention(id: string, attention: string | null): Promise<void>;
  /** That reads wait for the vendor's limits; null once they do not. An unknown id is ignored. */
  setThrottled(id: string, throttled: Throttled | null): Promise<void>;
  /**
   * The connection as its vendor's lib sees it: settings parsed by the vendor's schema (defaults filled in), secrets decrypted. From the
   * database, so always current.
   * @throws NotInStore · InvalidSettings when they no longer fit the vendor's schema · SecretsUnavailable
   */
  open(id: string): Promise<ConnectionView>;
  /** The connection's partition of its vendor's lane topics; assigned at the first call (the first flow to it does), never reused. */
  assignLanePartition(id: string): Promise<number>;
}
