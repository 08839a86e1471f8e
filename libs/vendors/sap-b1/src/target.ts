import type { EntityName } from '@entrepot/canonical';
import {
  createHttpClient,
  defineTarget,
  type GuardedTargetContext,
  type Target,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import { MAX_CONCURRENCY, type SapB1Secrets, type SapB1Settings } from './config.ts';
import { openCompany } from './entities/company.ts';
import { createItemLookup } from './entities/items.ts';
import { createOrderTarget } from './entities/orders.ts';
import { createTurns } from './entities/partner/turns.ts';
import { createCustomerTarget } from './entities/partners.ts';
import { customerSettingsSchema, orderSettingsSchema } from './map/settings.ts';
import { listReferenceValues } from './reference-values.ts';
import { createServiceLayer } from './service-layer/client.ts';
import { createSession } from './service-layer/session.ts';
import { testConnection } from './test-connection.ts';

/** A page of 100 orders with their lines stays below it; more is a mistake of ours. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** SAP Business One as a target. */
export const sapB1Target = defineTarget<SapB1Settings, SapB1Secrets>({
  entities: ['order', 'customer'],
  flowSettings: { order: orderSettingsSchema, customer: customerSettingsSchema },
  maxConcurrency: MAX_CONCURRENCY,
  concurrencyOf: (settings) => settings.maxConcurrency,
  requestsPerSecond: null,
  open: openTarget,
});

function openTarget(context: GuardedTargetContext<SapB1Settings, SapB1Secrets>): Target {
  const { settings, secrets } = context.connection;
  const { servicePath, company, user } = settings;
  const http = createHttpClient({
    name: 'SAP Service Layer',
    baseUrl: settings.baseUrl,
    allowedAddresses: settings.allowedAddresses,
    timeoutMs: settings.requestTimeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConnections: settings.maxConcurrency,
    masker: context.masker,
    ...(settings.ca === null ? {} : { ca: settings.ca }),
  });
  const now = () => context.now();
  const session = createSession({
    http,
    servicePath,
    company,
    user,
    password: secrets.password,
    vault: context.sessionVault,
    log: context.log,
    now,
  });
  const layer = createServiceLayer({ http, session, servicePath, log: context.log, now });
  const known = openCompany(layer, settings, context.log, now);
  // Orders and customers add rows to the same business partners.
  const turns = createTurns();
  const entities: Partial<Record<EntityName, unknown>> = {
    order: createOrderTarget(layer, settings, turns),
    customer: createCustomerTarget(layer, settings, turns),
    product: createItemLookup(layer, settings),
  };

  return {
    entity: <E extends EntityName>(name: E): TargetEntity<E> => {
      const entity = entities[name];
      if (entity === undefined)
        throw new VendorError('rejected', `SAP Business One takes no ${name} yet`, { code: 'not-supported' });
      return entity as TargetEntity<E>;
    },
    fence: () => session.fence(),
    prepare: (call) => known.profile(call),
    test: (call) => testConnection(layer, session, settings, call),
    listValues: (kind, call) => listReferenceValues(layer, settings, kind, call),
    close: async () => {
      await session.close();
      await http.close();
    },
  };
}
