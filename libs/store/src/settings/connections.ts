import type { FieldProblem } from '@entrepot/canonical';
import type { ConnectionView } from '@entrepot/vendor-kit';
import type { ConnectionDocument, Throttled } from '../documents.ts';
import type { Change } from './live-snapshot.ts';

/** A configured vendor instance; its secrets only through {@link Connections.open}. */
export interface Connection
  extends Omit<ConnectionDocument, '_id' | 'sealedSecrets' | 'settingRules' | 'otherRevisions'> {
  readonly id: string;
  /** Rises with changes of settings or secrets only: processes reopen the connection then, and after no other change. */
  readonly accessRevision: number;
  /** Stored settings of an older release that this release would refuse: read as closely as allowed, or unusable until corrected. */
  readonly problems: readonly FieldProblem[];
}

export interface ConnectionInput {
  /** Permanent: part of every key. Lower-case letters, digits and hyphens, at most 63. */
  readonly id: string;
  readonly label: string;
  readonly vendor: string;
  /** Permanent; if omitted: the default tenant. */
  readonly tenant?: string;
  readonly active: boolean;
  /** As the vendor's `settings` schema takes them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** As the vendor's `secrets` schema takes them; if omitted, a person enters them later, and `attention` asks for them. */
  readonly secrets?: Readonly<Record<string, unknown>>;
}

export interface ConnectionPatch {
  readonly label?: string;
  readonly active?: boolean;
  /** Replaces all settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Merged by name: null removes a secret, names not given keep theirs. */
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
  /** What a person must know or do; null clears it. Ignores an unknown id. */
  setAttention(id: string, attention: string | null): Promise<void>;
  /** Whether reads wait for the vendor's limits; null when they do not. Ignores an unknown id. */
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
