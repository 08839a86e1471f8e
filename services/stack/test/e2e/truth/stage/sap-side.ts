import type { SandboxControl } from '../../../../src/demo/sandbox-control.ts';
import { waitFor } from '../../../../src/demo/wait.ts';
import type { Placed } from './shop-side.ts';

export interface SapLine {
  readonly LineNum: number;
  readonly ItemCode: string;
  readonly ItemDescription: string | null;
  readonly Quantity: number;
  readonly Price: number;
  readonly LineTotal: number;
  readonly TaxCode: string | null;
  readonly WarehouseCode: string;
  readonly LineStatus: string;
  readonly FreeText: string | null;
  readonly [property: string]: unknown;
}

export interface SapOrder {
  readonly DocEntry: number;
  readonly DocNum: number;
  readonly CardCode: string;
  readonly DocTotal: number;
  readonly VatSum: number;
  readonly DocDate: string;
  readonly TaxDate: string;
  readonly DocDueDate: string;
  readonly Comments: string | null;
  readonly NumAtCard: string | null;
  readonly Cancelled: string;
  readonly DocumentStatus: string;
  readonly PaymentGroupCode: number | null;
  readonly ContactPersonCode: number | null;
  readonly ShipToCode: string | null;
  readonly DocumentLines: readonly SapLine[];
  readonly [property: string]: unknown;
}

export interface SapContact {
  readonly InternalCode: number;
  readonly Name: string;
  readonly [property: string]: unknown;
}

export interface SapPartner {
  readonly CardCode: string;
  readonly CardName: string;
  readonly Phone1: string | null;
  readonly EmailAddress: string | null;
  readonly BPAddresses: readonly Readonly<Record<string, unknown>>[];
  readonly ContactEmployees: readonly SapContact[];
  readonly [property: string]: unknown;
}

/** A company of SAP Business One, as a clerk sees it through the Service Layer. */
export interface SapSide {
  readonly company: string;
  /** The one document of an order. @throws Error when there is none, or more than one */
  order(placed: Placed): Promise<SapOrder>;
  orders(placed: Placed): Promise<readonly SapOrder[]>;
  partner(cardCode: string): Promise<SapPartner>;
  partners(filter: string): Promise<readonly SapPartner[]>;
  /** The partner made of, or linked with, a customer of a store. */
  partnerOf(connection: string, customerId: string): Promise<SapPartner>;
  /** All pieces leave the house, or the given ones by number of the row: what has left all its pieces closes. */
  deliver(placed: Placed, quantities?: Readonly<Record<number, number>>): Promise<void>;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export function createSapSide(sandboxUrl: string, control: SandboxControl, company: string): SapSide {
  const root = `${sandboxUrl}/sap-b1/b1s/v2`;
  let session: Promise<string> | null = null;

  async function login(): Promise<string> {
    const response = await fetch(`${root}/Login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ CompanyDB: company, UserName: 'manager', Password: 'sandbox' }),
    });
    const body = (await response.json()) as { SessionId?: string };
    if (body.SessionId === undefined) throw new Error(`SAP refused the login to ${company}: ${JSON.stringify(body)}`);
    return body.SessionId;
  }

  async function call<T>(method: string, path: string, body?: unknown, mayLogIn = true): Promise<T> {
    session ??= login();
    const response = await fetch(`${root}${path}`, {
      method,
      headers: { cookie: `B1SESSION=${await session}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 401 && mayLogIn) {
      session = null;
      return call(method, path, body, false);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`SAP answered ${method} ${path} with ${response.status}: ${text.slice(0, 300)}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  const list = async <T>(set: string, filter: string): Promise<readonly T[]> =>
    (await call<{ value: T[] }>('GET', `/${set}?$filter=${encodeURIComponent(filter)}`)).value;
  const listOrders = (placed: Placed) =>
    list<SapOrder>('Orders', `U_EntrepotRef eq '${placed.connection}/${placed.id}'`);
  const readOrder = async (placed: Placed): Promise<SapOrder> => {
    const found = await listOrders(placed);
    if (found.length !== 1) throw new Error(`Order ${placed.name} has ${found.length} documents in ${company}.`);
    return found[0]!;
  };

  return {
    company,
    call: (method, path, body) => call(method, path, body),
    order: readOrder,
    orders: listOrders,
    partner: (cardCode) => call<SapPartner>('GET', `/BusinessPartners('${encodeURIComponent(cardCode)}')`),
    partners: (filter) => list<SapPartner>('BusinessPartners', filter),
    partnerOf: (connection, customerId) =>
      waitFor(`a partner of customer ${customerId} in ${company}`, async () => {
        const [found] = await list<SapPartner>('BusinessPartners', `U_EntrepotRef eq '${connection}/${customerId}'`);
        return found;
      }),
    async deliver(placed, quantities) {
      const { DocEntry } = await readOrder(placed);
      await control.post(`sap-b1/orders/${DocEntry}/deliver?company=${company}`, { quantities });
    },
  };
}
