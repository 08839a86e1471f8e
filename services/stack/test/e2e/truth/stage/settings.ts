import type { Config } from '../../test-stack.ts';

type Settings = Record<string, unknown>;

export type StoreName = 'main' | 'other' | 'euro' | 'yen' | 'jurisdiction';

interface Store {
  /** The connection that reads it. */
  readonly connection: string;
  readonly domain: string;
  readonly token: string;
  readonly currency: string;
  /** The sandbox has it from the start, and the demo's settings its connection. */
  readonly seeded: boolean;
  /** Connection of the company that its flows end in. */
  readonly to: string;
  /** Whether customers have a flow of their own, beside those that orders bring along. */
  readonly customers: boolean;
  /** Makes the settings of the demo's order flow those of this store. */
  change(settings: Settings): void;
}

/** The codes of the house by percent. */
const TAX_CODES = {
  '0': 'EX',
  '7': 'VAT7',
  '8.875': 'NY',
  '19': 'VAT19',
  '4.5': 'LOC45',
  '21': 'VAT21',
  '10': 'VAT10',
};
const JURISDICTIONS = { Vermont: 'VAT6', 'Addison County': 'LOC45', '0': 'EX' };
const VAT_GROUPS = { '0': 'A0', '19': 'A1', '7': 'A2', '20': 'A3' };
const WAREHOUSES = { 'Main warehouse': 'W-MAIN', 'Downtown store': 'W-TOWN', 'North depot': 'W-NORTH', '*': '01' };

function set(
  settings: Settings,
  more: { [part: string]: unknown; target?: Settings; valueMaps?: Settings; gate?: Settings },
) {
  for (const [part, value] of Object.entries(more))
    settings[part] =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...(settings[part] as Settings | undefined), ...value }
        : value;
}

const STATES = { 'MX-OAX': 'OX' };

/** Each store stands for one way of setting a flow; what is not said is as in the demo. */
export const STORES: Readonly<Record<StoreName, Store>> = {
  main: {
    connection: 'shop',
    domain: 'demo.myshopify.test',
    token: 'sandbox-token',
    currency: 'USD',
    seeded: true,
    to: 'erp',
    customers: true,
    change: (settings) =>
      set(settings, {
        valueMaps: { tax: TAX_CODES, warehouse: WAREHOUSES, paymentTerms: { 'Net 30': '1', 'Deposit and rest': '2' } },
        lineFields: { U_Engraving: "attributes[key='Engraving'].value" },
        gate: { manualPaymentMethods: ['Net 30', 'Deposit and rest'] },
        fields: { U_GiftText: "attributes[key='gift-text'].value" },
      }),
  },
  other: {
    connection: 'other-shop',
    domain: 'other.myshopify.test',
    token: 'other-token',
    currency: 'USD',
    seeded: false,
    to: 'erp',
    customers: false,
    change: (settings) =>
      set(settings, {
        valueMaps: { tax: TAX_CODES, state: STATES },
        prerequisites: { customer: { target: { groupCode: 101 }, valueMaps: { state: STATES } } },
        target: {
          docDate: 'today',
          shipping: { as: 'item', itemCode: 'SHIPPING' },
          exchanges: 'on-order',
          channelTax: 'leave-out',
        },
      }),
  },
  euro: {
    connection: 'euro-shop',
    domain: 'euro.myshopify.test',
    token: 'euro-token',
    currency: 'EUR',
    seeded: false,
    to: 'erp-euro',
    customers: false,
    change: (settings) => set(settings, { valueMaps: { tax: VAT_GROUPS } }),
  },
  yen: {
    connection: 'yen-shop',
    domain: 'yen.myshopify.test',
    token: 'yen-token',
    currency: 'JPY',
    seeded: false,
    to: 'erp',
    customers: false,
    change: (settings) =>
      set(settings, {
        valueMaps: { tax: TAX_CODES, warehouse: { 'Downtown store': 'W-TOWN' } },
        gate: { manualPaymentMethods: ['terms'] },
      }),
  },
  jurisdiction: {
    connection: 'county-shop',
    domain: 'county.myshopify.test',
    token: 'county-token',
    currency: 'USD',
    seeded: false,
    to: 'erp',
    customers: false,
    change: (settings) =>
      set(settings, {
        valueMaps: { tax: JURISDICTIONS },
        gate: { manualPaymentMethods: ['net'] },
        target: { tax: { policy: 'jurisdiction' } },
      }),
  },
};

export const MAIN = STORES.main;

/** Companies of SAP Business One, and what clerks have put into them. */
export const COMPANIES = {
  house: {
    connection: 'erp',
    database: 'SBODEMO',
    seed: {
      company: 'SBODEMO',
      sets: {
        SalesTaxCodes: [
          { Code: 'LOC45', Name: 'County 4.5 %', Rate: 4.5 },
          { Code: 'VAT10', Name: 'Tax 10 %', Rate: 10 },
          { Code: 'VAT6', Name: 'Tax 6 %', Rate: 6 },
          { Code: 'VAT21', Name: 'Tax 21 %', Rate: 21 },
        ].map((code) => ({ ...code, Freight: 'tYES', ValidForAR: 'tYES', ValidForAP: 'tYES', Inactive: 'tNO' })),
        BusinessPartners: [
          {
            CardCode: 'C-HARBOR',
            CardName: 'Harbor Bakery Ltd',
            CardType: 'cCustomer',
            GroupCode: 100,
            Currency: '##',
            Valid: 'tYES',
            Frozen: 'tNO',
            PriceListNum: 1,
            PayTermsGrpCode: 1,
            BPAddresses: [],
            ContactEmployees: [],
          },
        ],
        States: [{ Code: 'OX', Country: 'MX', Name: 'Oaxaca' }],
        Warehouses: ['W-MAIN', 'W-TOWN', 'W-NORTH'].map((WarehouseCode) => ({
          WarehouseCode,
          WarehouseName: WarehouseCode,
          Country: 'US',
          Inactive: 'tNO',
          DropShip: 'tNO',
          EnableBinLocations: 'tNO',
        })),
      },
    },
  },
  euro: { connection: 'erp-euro', database: 'SBODEMODE', seed: { company: 'SBODEMODE' } },
} as const;

/** Stores and companies that the demo does not have, each with its flows, put beside the demo's own. */
export function addFlows(config: Config, sandboxUrl: string): Config {
  const demoShop = config.connections.find(({ id }) => id === MAIN.connection)!;
  const demoCompany = config.connections.find(({ id }) => id === COMPANIES.house.connection)!;
  const demoFlow = (entity: string) => config.flows.find((flow) => flow.entity === entity)!;
  const added = Object.values(STORES).filter(({ seeded }) => !seeded);
  const companies = Object.values(COMPANIES).filter(({ connection }) => connection !== demoCompany.id);
  return {
    format: config.format,
    connections: [
      ...companies.map(({ connection, database }) => ({
        ...demoCompany,
        id: connection,
        label: database,
        settings: { ...demoCompany.settings, company: database, ...(database === 'SBODEMODE' && EURO_COMPANY) },
        secrets: { password: 'sandbox' },
      })),
      ...added.map(({ connection, domain, token }) => ({
        ...demoShop,
        id: connection,
        label: domain,
        settings: {
          ...demoShop.settings,
          shop: domain,
          baseUrl: `${sandboxUrl}/shopify`,
          poll: { intervalSeconds: 30 },
        },
        secrets: { accessToken: token, webhookSecrets: ['sandbox-secret'] },
      })),
    ],
    flows: added.flatMap((store) =>
      ['order', ...(store.customers ? ['customer'] : [])].map((entity) => {
        const settings = structuredClone(demoFlow(entity).settings);
        if (entity === 'order') {
          for (const part of MAIN_ONLY) delete settings[part];
          store.change(settings);
        }
        return { entity, from: store.connection, to: store.to, active: true, settings };
      }),
    ),
  };
}

/** What the main store has for itself. */
const MAIN_ONLY = ['fields', 'lineFields', 'gate', 'valueMaps'];
const EURO_COMPANY = { taxField: 'VatGroup', timeZone: 'Europe/Berlin', skuMatch: 'ignore-case' };
