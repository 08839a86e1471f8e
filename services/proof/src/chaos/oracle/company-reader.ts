import type { SandboxClient } from '../surroundings/sandbox-client.ts';

/** A document as the Service Layer shows it. */
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
const ROOT = 'sap-b1/b1s/v2';

/** Reads the company page by page, bypassing all proxies, with a session of its own. */
export function createCompanyReader(sandbox: SandboxClient, password: () => string): CompanyReader {
  async function readAll<T>(set: string, select: readonly string[]): Promise<T[]> {
    const { SessionId } = await sandbox.post<{ SessionId: string }>(`${ROOT}/Login`, {
      CompanyDB: 'SBODEMO',
      UserName: 'manager',
      Password: password(),
    });
    const headers = { cookie: `B1SESSION=${SessionId}`, prefer: `odata.maxpagesize=${PAGE_SIZE}` };
    const rows: T[] = [];
    for (;;) {
      const page = `${ROOT}/${set}?$select=${select.join(',')}&$skip=${rows.length}`;
      const { value } = await sandbox.get<{ value: T[] }>(page, headers);
      rows.push(...value);
      if (value.length < PAGE_SIZE) return rows;
    }
  }

  return {
    readOrders: () => readAll('Orders', ['DocEntry', 'U_EntrepotRef', 'Comments', 'Cancelled', 'DocumentLines']),
    readPartners: () => readAll('BusinessPartners', ['CardCode', 'EmailAddress']),
  };
}
