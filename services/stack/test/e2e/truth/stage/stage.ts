import { parse, stringify } from 'yaml';
import type { SandboxControl } from '../../../../src/demo/sandbox-control.ts';
import { type Config, startTestStack, type TestStack } from '../../test-stack.ts';
import { createSapSide, type SapSide } from './sap-side.ts';
import { addFlows, COMPANIES, MAIN, STORES, type StoreName } from './settings.ts';
import { type Settled, settle, type Wanted } from './settled.ts';
import { createShopSide, type ShopSide } from './shop-side.ts';

/** Where all truths are shown: one stack, with a store for each way of setting a flow. */
export interface Stage {
  readonly control: SandboxControl;
  /** The demo company, US dollars and sales tax codes. */
  readonly sap: SapSide;
  shop(name?: StoreName): ShopSide;
  company(name: keyof typeof COMPANIES): SapSide;
  settle(record: { readonly id: string; readonly connection: string }, wanted?: Wanted): Promise<Settled>;
}

const USER_FIELDS = [
  { TableName: 'ORDR', Name: 'GiftText', Description: 'Gift text', Type: 'db_Alpha', Size: 100 },
  { TableName: 'RDR1', Name: 'Engraving', Description: 'Engraving', Type: 'db_Alpha', Size: 100 },
];
/** Far from what a standard plan allows, since the tests of many stores ask at once. */
const AMPLE_BUDGET = { restoreRate: 2_000, maximumAvailable: 20_000, available: 20_000 };

export async function startStage(): Promise<{ stage: Stage; stop(): Promise<void> }> {
  const test = await startTestStack(changeMain);
  try {
    return { stage: await furnish(test), stop: test.stop };
  } catch (error) {
    await test.stop();
    throw error;
  }
}

function changeMain(config: Config): void {
  for (const flow of config.flows) if (flow.entity === 'order') MAIN.change(flow.settings);
}

async function furnish({ stack, admin, control }: TestStack): Promise<Stage> {
  const { sandboxUrl } = stack;
  const webhookUrl = stack.webhookUrlOf('shopify');
  for (const company of Object.values(COMPANIES)) await control.post('sap-b1/seed', company.seed);
  await control.post('shopify/seed', {
    stores: Object.values(STORES)
      .filter(({ seeded }) => !seeded)
      .map(({ domain, token, currency, connection }) => ({
        domain,
        token,
        currency,
        webhookUrl: `${webhookUrl}/webhooks/${connection}`,
      })),
  });
  for (const { domain } of Object.values(STORES)) await control.patch(`shopify/stores/${domain}`, AMPLE_BUDGET);

  const exported = await fetch(`${stack.adminUrl}/v1/configuration`, {
    headers: { authorization: `Bearer ${stack.adminToken.token}` },
  });
  const config = addFlows(parse(await exported.text()) as Config, sandboxUrl);
  const answer = await fetch(`${stack.adminUrl}/v1/configuration`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${stack.adminToken.token}`, 'content-type': 'application/yaml' },
    body: stringify(config),
  });
  if (!answer.ok) throw new Error(`The ledger refused the settings: ${await answer.text()}`);

  const companies = new Map(
    Object.entries(COMPANIES).map(([name, { database }]) => [name, createSapSide(sandboxUrl, control, database)]),
  );
  const shops = new Map(
    Object.entries(STORES).map(([name, store]) => [name, createShopSide(sandboxUrl, control, store)]),
  );
  for (const field of USER_FIELDS) await companies.get('house')!.call('POST', '/UserFieldsMD', field);
  return {
    control,
    sap: companies.get('house')!,
    company: (name) => companies.get(name)!,
    shop: (name = 'main') => shops.get(name)!,
    settle: (record, wanted) => settle(admin, record, wanted),
  };
}
