import type { Migrations } from '@entrepot/store';

const TELL_EVERY_MS = 1_000;

/** Prints the plan, runs it unless only the plan is asked for, and prints its progress. @returns the exit code */
export async function runMigrate(
  migrations: Migrations,
  planOnly: boolean,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<number> {
  const { planned, obstacle } = await migrations.plan();
  if (obstacle !== null) {
    tell(`${obstacle.message}\n${obstacle.advice}`);
    return 1;
  }
  if (planned.length === 0) tell('The stored data is of this release: nothing is to be migrated.');
  for (const { collection, to, what, documents } of planned)
    tell(`${collection} to version ${to}: ${what} (${documents} documents to look at)`);
  if (planOnly) return 0;
  let told = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  await migrations.run({
    signal,
    report(wait) {
      if (wait === null || (wait.message === told && performance.now() - toldAt < TELL_EVERY_MS)) return;
      [told, toldAt] = [wait.message, performance.now()];
      tell(`  ${[wait.message, wait.progress].filter((words) => words !== null).join('; ')}`);
    },
    onReached: (collection, { to }) => tell(`  ${collection} has version ${to}`),
  });
  tell('Done. Start the ledger, then the sinks, then the connectors.');
  return 0;
}
