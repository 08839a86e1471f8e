import { hkdfSync } from 'node:crypto';
import { listSharedTopics } from '@entrepot/canonical';
import { defineProcess, type ProcessService, WALL_CLOCK } from '@entrepot/runtime-kit';
import { type ConfigFields, runService } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import { ADMIN_TOKEN_SETTING, ensureAdminToken } from './access/tokens.ts';
import { startLedgerApp } from './http.ts';
import { createLedger } from './ledger.ts';
import { LEDGER_COLLECTIONS } from './store/migrations.ts';
import { startSweep } from './store/sweep.ts';

const DEFAULT_PORT = 7070;
/** A hundred years: further back there is no date to compare with. */
const MAX_DAYS = 36_500;

const CONFIG = {
  ENTREPOT_ADMIN_TOKEN: ADMIN_TOKEN_SETTING,
  ENTREPOT_CONFIG: { description: 'YAML file of connections and flows, loaded into an empty store', type: 'string' },
  ENTREPOT_RETENTION_DAYS: {
    description: 'how long a message is kept after its last delivery has ended',
    type: 'integer',
    default: 30,
    min: 1,
    max: MAX_DAYS,
  },
  ENTREPOT_AUDIT_DAYS: {
    description: 'how long it is kept who did what',
    type: 'integer',
    default: 365,
    min: 1,
    max: MAX_DAYS,
  },
  ENTREPOT_UNREAD_HINT_SECONDS: {
    description:
      'how long after it came a change that a source told of may wait to be read, before it is shown as unaccounted for',
    type: 'integer',
    default: 900,
    min: 10,
    max: 604_800,
  },
} as const satisfies ConfigFields;

/** Runs the ledger: ingests events and reports, schedules retries, serves the admin API. */
export function runLedger(vendors: readonly Vendor[]): Promise<void> {
  return runService(ledgerService(vendors));
}

/** The ledger as a service, for a process of its own or one with others. */
function ledgerService(vendors: readonly Vendor[]): ProcessService<typeof CONFIG> {
  return defineProcess({
    name: 'ledger',
    defaultPort: DEFAULT_PORT,
    vendors,
    config: CONFIG,
    migrates: LEDGER_COLLECTIONS,
    database: 'required',
    start: async ({ config, log, metrics, operations, store, masterKeys, broker, codec, tracer }) => {
      await broker.ensureTopics(listSharedTopics());
      const ledger = await createLedger({
        store,
        broker,
        codec,
        vendors,
        metrics,
        log,
        clock: WALL_CLOCK,
        tracer,
        hintLimitMs: config.ENTREPOT_UNREAD_HINT_SECONDS * 1_000,
        cursorKey: new Uint8Array(hkdfSync('sha256', masterKeys.current.bytes, '', 'entrepot list cursors', 32)),
      });
      if (config.ENTREPOT_CONFIG !== null) {
        const loaded = await store.configuration.loadIntoEmptyStore(config.ENTREPOT_CONFIG);
        if (loaded !== null) {
          log.info({ created: loaded.created }, 'configuration loaded into the empty store');
          if (loaded.converted.length > 0)
            log.warn(
              { converted: loaded.converted },
              'the configuration file is of format 1 and was converted; save it anew by GET /v1/configuration',
            );
        }
      }
      const { made, revoked } = await ensureAdminToken(ledger.store, config.ENTREPOT_ADMIN_TOKEN, ledger.now());
      if (revoked) {
        log.warn({}, 'ENTREPOT_ADMIN_TOKEN was taken back by an admin and lets nobody in: set another, or none');
      }
      // Directly to the terminal, never through the log, which is kept.
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
        ledger.now,
      );
      return {
        stop: async () => {
          await sweep.stop();
          await app.nest.close();
          await ledger.close();
        },
      };
    },
  });
}
