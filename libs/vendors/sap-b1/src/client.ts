import type { EntityName } from '@entrepot/canonical';
import {
  createHttpClient,
  type FoundDocument,
  type GuardedClientContext,
  KeyLocks,
  type TargetEntity,
} from '@entrepot/vendor-kit';
import { type Company, openCompany } from './company.ts';
import { type SapB1Secrets, type SapB1Settings } from './config.ts';
import type { CompanyProfile } from './map/company-profile.ts';
import { createServiceLayer, createSession, type ServiceLayer, type Session } from './service-layer/client.ts';
import { type SapEntity } from './service-layer/wire.ts';
import { createSharedReads, type SharedReads } from './shared-reads.ts';

/** A page of 100 orders with their lines stays below it; a longer answer means a bug of ours. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** Everything that the calls of one connection pass through. */
export interface SapB1Client {
  readonly settings: SapB1Settings;
  readonly layer: ServiceLayer;
  readonly session: Session;
  readonly company: Company;
  /** By code: orders and customers add rows to the same business partners. */
  readonly partners: KeyLocks;
  /** Concurrent orders mostly want the same few items. */
  readonly items: SharedReads<FoundDocument<SapEntity>[]>;
  close(): Promise<void>;
}

/** This vendor's types in the contract of targets. */
export interface SapB1Types {
  readonly settings: SapB1Settings;
  readonly client: SapB1Client;
  readonly profile: CompanyProfile;
  readonly state: SapEntity;
}

/** An entity that this vendor writes: by its flow settings, and by what it plans. */
export type SapB1Entity<E extends EntityName, Settings, Plan> = TargetEntity<E, SapB1Types, Settings, Plan>;

export function openClient(context: GuardedClientContext<SapB1Settings, SapB1Secrets>): SapB1Client {
  const { settings, secrets } = context.connection;
  const { servicePath, company, user } = settings;
  const { log, masker, now } = context;
  const http = createHttpClient({
    name: 'SAP Service Layer',
    baseUrl: settings.baseUrl,
    allowedAddresses: settings.allowedAddresses,
    timeoutMs: settings.requestTimeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConnections: settings.budget.concurrency,
    masker,
    ...(settings.ca === null ? {} : { ca: settings.ca }),
  });
  const session = createSession({
    http,
    servicePath,
    company,
    user,
    password: secrets.password,
    log,
    now,
    openCall: context.openCall,
  });
  const layer = createServiceLayer({ http, session, servicePath, log, now });
  return {
    settings,
    layer,
    session,
    company: openCompany(layer, settings, log, now),
    partners: new KeyLocks(),
    items: createSharedReads(),
    close: async () => {
      await session.close();
      await http.close();
    },
  };
}
