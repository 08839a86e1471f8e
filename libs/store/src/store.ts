import type { Logger } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import type { Connection as MongooseConnection } from 'mongoose';
import type { Cursors } from './lanes/cursors.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { Links } from './links/links.ts';
import type { Published } from './links/published.ts';
import type { MasterKey } from './secrets/master-key.ts';
import type { Connections } from './settings/connections.ts';
import type { Flows } from './settings/flows.ts';
import type { Configuration } from './yaml/configuration.ts';

export interface StoreOptions {
  /** MongoDB replica set; the database is in its path unless `database` is given. */
  readonly uri: string;
  readonly database?: string;
  readonly masterKey: MasterKey;
  /** Vendors whose settings this process can validate; connections of others can be listed, not opened or written. */
  readonly vendors: readonly Vendor[];
  readonly log: Logger;
}

/** All shared state of the system, but for what the ledger keeps. */
export interface Store {
  readonly connections: Connections;
  readonly flows: Flows;
  readonly lanes: Lanes;
  readonly links: Links;
  readonly published: Published;
  readonly cursors: Cursors;
  readonly configuration: Configuration;
  /** The connection underneath (majority and journal write concern), for collections owned by the caller. */
  readonly mongoose: MongooseConnection;
  /** @throws when the database does not answer */
  ping(): Promise<void>;
  /** Ends grouped writes under way, change streams, then the connection. */
  close(): Promise<void>;
}

/**
 * Connects, makes indexes, checks that the master key is the store's, loads connections and flows and follows their changes.
 * @throws SecretsUnavailable when the store's secrets were sealed under another key; the driver's error when there is no database
 */
export async function openStore(_options: StoreOptions): Promise<Store> {
  throw new Error('the store is not there yet');
}
