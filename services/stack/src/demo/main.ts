import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { locateHome, readRunningStack } from '../home.ts';
import { createAdminClient } from './admin-client.ts';
import { createErpClient } from './erp-client.ts';
import { createSandboxControl } from './sandbox-control.ts';
import { createShopClient } from './shop-client.ts';
import { type DemoParts, showOrdersWay, showOutage, showRefusal, showTestOrder, showWaiting } from './walk.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const STEPS: readonly ((parts: DemoParts) => Promise<void>)[] = [
  showOrdersWay,
  showWaiting,
  showRefusal,
  showOutage,
  showTestOrder,
];

function connect(): DemoParts | null {
  const home = locateHome(ROOT);
  const stack = readRunningStack(home);
  if (stack === null || stack.adminUrl === '') return null;
  const kept = existsSync(home.tokenFile) ? readFileSync(home.tokenFile, 'utf8').trim() : '';
  return {
    shop: createShopClient(stack.sandboxUrl),
    erp: createErpClient(stack.sandboxUrl),
    admin: createAdminClient(stack.adminUrl, process.env.ENTREPOT_ADMIN_TOKEN ?? kept),
    control: createSandboxControl(stack.sandboxUrl),
    tell: (line) => process.stdout.write(`${line}\n`),
    run: Date.now().toString(36).toUpperCase(),
  };
}

async function main(): Promise<number> {
  const parts = connect();
  if (parts === null) {
    process.stderr.write(
      'The stack does not run. Start it in another terminal with `npm start`, then run the demo again.\n',
    );
    return 1;
  }
  try {
    for (const step of STEPS) {
      await step(parts);
      parts.tell('');
    }
    parts.tell('Done. Every message is in the ledger: see what the table of `npm start` says to try next.');
    return 0;
  } catch (error) {
    process.stderr.write(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

process.exitCode = await main();
