/** SAP Business One as a clerk uses it: the Service Layer of the demo company. */
export interface ErpClient {
  createItem(itemCode: string, itemName: string): Promise<void>;
  findOrders(externalRef: string): Promise<readonly ErpOrder[]>;
  countPartners(email: string): Promise<number>;
}

export interface ErpOrder {
  readonly DocEntry: number;
  readonly DocNum: number;
  readonly NumAtCard: string;
  readonly DocTotal: number;
  readonly Comments: string | null;
  readonly Cancelled: string;
  readonly CardCode: string;
  readonly DocumentLines: readonly { readonly ItemCode: string; readonly Quantity: number }[];
}

export interface ErpAccount {
  readonly company: string;
  readonly user: string;
  readonly password: string;
}

const DEMO_ACCOUNT: ErpAccount = { company: 'SBODEMO', user: 'manager', password: 'sandbox' };

export function createErpClient(sandboxUrl: string, account: ErpAccount = DEMO_ACCOUNT): ErpClient {
  const root = `${sandboxUrl}/sap-b1/b1s/v2`;
  let session: Promise<string> | null = null;

  async function login(): Promise<string> {
    const response = await fetch(`${root}/Login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ CompanyDB: account.company, UserName: account.user, Password: account.password }),
    });
    const body = (await response.json()) as { SessionId?: string };
    if (body.SessionId === undefined) throw new Error(`SAP Business One refused the login: ${JSON.stringify(body)}`);
    return body.SessionId;
  }

  async function call<T>(method: string, path: string, body?: unknown, mayLogIn = true): Promise<T> {
    session ??= login();
    const response = await fetch(`${root}${path}`, {
      method,
      headers: {
        cookie: `B1SESSION=${await session}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 401 && mayLogIn) {
      session = null;
      return call(method, path, body, false);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`SAP Business One answered ${response.status}: ${text.slice(0, 300)}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  return {
    async createItem(itemCode, itemName) {
      await call('POST', '/Items', { ItemCode: itemCode, ItemName: itemName });
    },
    async findOrders(externalRef) {
      const filter = encodeURIComponent(`U_EntrepotRef eq '${externalRef}'`);
      return (await call<{ value: ErpOrder[] }>('GET', `/Orders?$filter=${filter}&$orderby=DocEntry`)).value;
    },
    async countPartners(email) {
      const filter = encodeURIComponent(`EmailAddress eq '${email}'`);
      return (await call<{ value: unknown[] }>('GET', `/BusinessPartners?$filter=${filter}&$orderby=CardCode`)).value
        .length;
    },
  };
}
