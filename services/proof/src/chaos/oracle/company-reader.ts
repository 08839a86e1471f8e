/** A document as the company shows it to everybody: through the Service Layer. */
export interface CompanyOrder {
  readonly DocEntry: number;
  readonly U_EntrepotRef: string | null;
  readonly Comments: string | null;
  readonly Cancelled: string;
  readonly DocumentLines: readonly { readonly ItemCode: string; readonly Quantity: number }[];
}

export interface CompanyPartner {
  readonly CardCode: string;
  readonly EmailAddress: string | null;
}

export interface CompanyReader {
  readOrders(): Promise<CompanyOrder[]>;
  readPartners(): Promise<CompanyPartner[]>;
}

const PAGE_SIZE = 2_000;

/** Reads the company page by page, round all proxies, with a session of its own. */
export function createCompanyReader(sandboxUrl: string, password: () => string): CompanyReader {
  const root = `${sandboxUrl}/sap-b1/b1s/v2`;

  async function login(): Promise<string> {
    const answer = await fetch(`${root}/Login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: password() }),
    });
    const { SessionId } = (await answer.json()) as { SessionId?: string };
    if (SessionId === undefined) throw new Error(`The company refused the oracle's login: ${answer.status}`);
    return SessionId;
  }

  async function readAll<T>(set: string, select: readonly string[]): Promise<T[]> {
    const session = await login();
    const rows: T[] = [];
    for (;;) {
      const answer = await fetch(`${root}/${set}?$select=${select.join(',')}&$skip=${rows.length}`, {
        headers: { cookie: `B1SESSION=${session}`, prefer: `odata.maxpagesize=${PAGE_SIZE}` },
      });
      if (!answer.ok) throw new Error(`The company answered the oracle ${answer.status}: ${await answer.text()}`);
      const { value } = (await answer.json()) as { value: T[] };
      rows.push(...value);
      if (value.length < PAGE_SIZE) return rows;
    }
  }

  return {
    readOrders: () => readAll('Orders', ['DocEntry', 'U_EntrepotRef', 'Comments', 'Cancelled', 'DocumentLines']),
    readPartners: () => readAll('BusinessPartners', ['CardCode', 'EmailAddress']),
  };
}
