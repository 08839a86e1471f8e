import { ConfigError, declareConfig } from '@entrepot/service-kit';
import { type Command, readCommandLine } from '@entrepot/service-kit/command-line';
import { loadMasterKeys, openKeyRotation, STORE_CONFIG } from '@entrepot/store';
import { runRotate } from './run-rotate.ts';

const options = { plan: { type: 'boolean' } } as const;
const ROTATE_COMMAND: Command<typeof options, { readonly planOnly: boolean }> = {
  usage: `npm run keys:rotate -- [--plan]
Seals everything that the store keeps secret under the master key, and nothing under the one before any more. The database is the one that
MONGODB_URI names; the keys are those of the services: ENTREPOT_MASTER_KEY or ENTREPOT_KEY_FILE, and
ENTREPOT_PREVIOUS_MASTER_KEY or ENTREPOT_PREVIOUS_KEY_FILE. deploy/KEYS.md says what comes before and after.
--plan  counts what is sealed under which key, and does nothing`,
  options,
  read: ({ plan = false }) => ({ planOnly: plan }),
};

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(planOnly: boolean, signal: AbortSignal): Promise<number> {
  const { MONGODB_URI, ...keys } = declareConfig(STORE_CONFIG).readConfig(process.env);
  const rotation = await openKeyRotation({ uri: MONGODB_URI }, loadMasterKeys(keys));
  try {
    return await runRotate(rotation, planOnly, signal, tell);
  } finally {
    await rotation.close();
  }
}

const { planOnly } = readCommandLine(ROTATE_COMMAND);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
try {
  process.exitCode = await main(planOnly, interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted)
    tell('Ended; the next run goes on from here. Keep both keys until one has said "Done".');
  else if (error instanceof ConfigError) tell(error.message);
  else tell(`Cannot rotate the master key: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
