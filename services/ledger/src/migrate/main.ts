import { ConfigError, declareConfig } from '@entrepot/service-kit';
import { type Command, readCommandLine } from '@entrepot/service-kit/command-line';
import { openMigrations, STORE_CONFIG } from '@entrepot/store';
import { LEDGER_COLLECTIONS } from '../store/migrations.ts';
import { runMigrate } from './run-migrate.ts';

const options = { plan: { type: 'boolean' } } as const;
const MIGRATE_COMMAND: Command<typeof options, { readonly planOnly: boolean }> = {
  usage: `npm run migrate -- [--plan]
Brings the stored data to this release's versions, as the ledger does at its start. The database is the one that MONGODB_URI names.
--plan  tells what it would do, and does nothing`,
  options,
  read: ({ plan = false }) => ({ planOnly: plan }),
};

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(planOnly: boolean, signal: AbortSignal): Promise<number> {
  const { MONGODB_URI } = declareConfig({ MONGODB_URI: STORE_CONFIG.MONGODB_URI }).readConfig(process.env);
  const migrations = await openMigrations(MONGODB_URI, LEDGER_COLLECTIONS);
  try {
    return await runMigrate(migrations, planOnly, signal, tell);
  } finally {
    await migrations.close();
  }
}

const { planOnly } = readCommandLine(MIGRATE_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
try {
  process.exitCode = await main(planOnly, interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) tell('Ended; the next start goes on from here.');
  else if (error instanceof ConfigError) tell(error.message);
  else tell(`Cannot migrate: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
