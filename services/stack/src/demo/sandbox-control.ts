export type SandboxVendor = 'shopify' | 'sap-b1';

/** The control API of the sandboxes: faults and what was really committed. */
export interface SandboxControl {
  addFault(vendor: SandboxVendor, rule: unknown): Promise<void>;
  clearFaults(vendor: SandboxVendor): Promise<void>;
  /** How many documents were created per external reference. */
  countCreated(vendor: SandboxVendor): Promise<Readonly<Record<string, number>>>;
  /** Loses every webhook of the shops, or no longer. */
  dropWebhooks(drop: boolean): Promise<void>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
  get<T>(path: string): Promise<T>;
}

export function createSandboxControl(sandboxUrl: string): SandboxControl {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${sandboxUrl}/_control/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`The sandbox refused ${method} /_control/${path}: ${response.status} ${text.slice(0, 300)}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }
  return {
    addFault: async (vendor, rule) => {
      await call('POST', `${vendor}/faults`, rule);
    },
    clearFaults: async (vendor) => {
      await call('DELETE', `${vendor}/faults`);
    },
    countCreated: async (vendor) =>
      (await call<{ created: Record<string, number> }>('GET', `${vendor}/documents`)).created,
    dropWebhooks: async (drop) => {
      await call('PUT', 'shopify/webhooks', { drop: drop ? 'all' : 0 });
    },
    post: (path, body) => call('POST', path, body ?? {}),
    patch: (path, body) => call('PATCH', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: async (path) => {
      await call('DELETE', path);
    },
    get: (path) => call('GET', path),
  };
}
