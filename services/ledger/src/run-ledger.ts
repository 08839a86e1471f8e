import { hkdfSync } from 'node:crypto';
import { BROKER_CONFIG, connectBroker, tellHeld } from '@entrepot/broker';
import { listSharedTopics } from '@entrepot/canonical';
import { createCodec, createDiskCache, createRegistryClient } from '@entrepot/codec';
import { runService } from '@entrepot/service-kit';
import { loadMasterKey, openStore, STORE_CONFIG } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { ADMIN_TOKEN_SETTING, ensureAdminToken } from './access/tokens.ts';
import { startLedgerApp } from './http.ts';
import { createLedger } from './ledger.ts';
import { startSweep } from './store/sweep.ts';

const DEFAULT_PORT = 7070;
/** A hundred years: further back there is no date to compare with. */
const MOST_DAYS = 36_500;

const CONFIG = {
  ...STORE_CONFIG,
  ...BROKER_CONFIG,
  SCHEMA_REGISTRY_URL: { description: 'Confluent-compatible schema registry', type: 'url', required: true },
  ENTREPOT_HOME: { description: 'folder for caches', type: 'string', default: '.entrepot' },
  ENTREPOT_ADMIN_TOKEN: ADMIN_TOKEN_SETTING,
  ENTREPOT_CONFIG: { description: 'YAML file of connections and flows, loaded into an empty store', type: 'string' },
  ENTREPOT_RETENTION_DAYS: {
    description: 'how long a message is kept after its last delivery has ended',
    type: 'integer',
    default: 30,
    min: 1,
    max: MOST_DAYS,
  },
  ENTREPOT_AUDIT_DAYS: {
    description: 'how long it is kept who did what',
    type: 'integer',
    default: 365,
    min: 1,
    max: MOST_DAYS,
  },
} as const;

/** Runs the ledger: takes in events and reports, schedules retries, serves the admin API. */
export function runLedger(vendors: readonly Vendor[]): Promise<void> {
  return runService({
    name: 'ledger',
    defaultPort: DEFAULT_PORT,
    config: CONFIG,
    start: async ({ config, log, learnSecret, metrics, health, operations }) => {
      const masterKey = loadMasterKey(config, learnSecret);
      const store = await openStore({ uri: config.MONGODB_URI, masterKey, vendors, log });
      const broker = await connectBroker({
        brokers: config.KAFKA_BROKERS,
        maxRecordBytes: config.ENTREPOT_MAX_RECORD_BYTES,
        clientId: 'entrepot-ledger',
        log,
        metrics,
      });
      await broker.ensureTopics(listSharedTopics());
      const codec = createCodec({
        registry: createRegistryClient({ baseUrl: config.SCHEMA_REGISTRY_URL }),
        cache: createDiskCache(`${config.ENTREPOT_HOME}/schema-cache`),
      });
      const ledger = await createLedger({
        store,
        broker,
        codec,
        vendors,
        metrics,
        log,
        cursorKey: new Uint8Array(hkdfSync('sha256', masterKey.bytes, '', 'entrepot list cursors', 32)),
      });
      if (config.ENTREPOT_CONFIG !== null) {
        const loaded = await store.configuration.loadIntoEmptyStore(config.ENTREPOT_CONFIG);
        if (loaded !== null) log.info({ created: loaded.created }, 'configuration loaded into the empty store');
      }
      const { made, revoked } = await ensureAdminToken(ledger.store, config.ENTREPOT_ADMIN_TOKEN, new Date());
      if (revoked) {
        log.warn({}, 'ENTREPOT_ADMIN_TOKEN was taken back by an admin and lets nobody in: set another, or none');
      }
      // Straight to the terminal and never through the log, which is kept.
      if (made !== null) process.stdout.write(`\nAdmin token, shown this once: ${made}\n\n`);

      const app = await startLedgerApp(ledger, broker, log);
      operations.mount(app.express);
      operations.onRefusedHost(({ code, address }) =>
        ledger.refusals.note({ code, address, actor: null, subject: address }),
      );
      const sweep = startSweep(
        ledger.store,
        { messageDays: config.ENTREPOT_RETENTION_DAYS, auditDays: config.ENTREPOT_AUDIT_DAYS },
        log,
      );
      const stopTelling = store.serviceTroubles.follow('ledger', () => tellHeld(broker.heldPartitions()), log);
      health.addReadiness('kafka', () => broker.health());
      health.addReadiness('mongodb', async () => {
        await store.ping();
        return { ok: true };
      });
      return {
        stop: async () => {
          await stopTelling();
          await sweep.stop();
          await app.nest.close();
          await ledger.close();
          await broker.close();
          await store.close();
        },
      };
    },
  });
}
