import type { AddressInfo } from 'node:net';
import type { EntityName, Exchange } from '@entrepot/canonical';
import type { Sandbox } from '@entrepot/sandbox-faults';
import { createSapB1Sandbox, type SapB1SandboxOptions } from '@entrepot/sandbox-sap-b1';
import {
  type CallContext,
  type ConnectionView,
  type DocumentKey,
  type FoundDocument,
  type OpenEntity,
  openClient,
  type SessionVault,
  type Target,
  type VendorClient,
} from '@entrepot/vendor-kit';
import { createMemoryVault, freeBudget, freeCall } from '@entrepot/vendor-kit/testing';
import express from 'express';
import { type SapB1Secrets, type SapB1Settings, secretsSchema, settingsSchema } from '../src/config.ts';
import { sapB1 } from '../src/index.ts';

/** An opened target, of which everything that is asked for is there. */
export interface TestTarget extends Omit<Target, 'entity' | 'fence'> {
  entity<E extends EntityName>(name: E): OpenEntity<E>;
  /** On the vault of the sandbox, as one lane's owners do. */
  fence(call: CallContext): Promise<void>;
  close(): Promise<void>;
  match(entity: EntityName, naturalKey: string, call: CallContext): Promise<FoundDocument[]>;
}

/** The document of a record in this role. */
export const documentOf = (role: string): DocumentKey => ({ role, subId: null });

function demand<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

function toTestTarget({ target: opened, close }: VendorClient, vault: SessionVault): TestTarget {
  const target = demand(opened, 'target');
  return {
    ...target,
    entity: (name) => demand(target.entity(name), name),
    fence: (call) => demand(target.fence, 'fence')(vault, call),
    close,
    match: (entity, naturalKey, call) => demand(target.finder(entity), `finder of ${entity}`)(naturalKey, call),
  };
}

export interface TestSandbox {
  readonly sandbox: Sandbox;
  readonly url: string;
  readonly vault: SessionVault & { token: string | null };
  readonly connection: ConnectionView<SapB1Settings, SapB1Secrets>;
  open(connection?: ConnectionView<SapB1Settings, SapB1Secrets>): TestTarget;
  /** As the runtimes have it. */
  openPlain(connection?: ConnectionView<SapB1Settings, SapB1Secrets>): VendorClient;
  connect(settings?: Record<string, unknown>, password?: string): ConnectionView<SapB1Settings, SapB1Secrets>;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** The sandbox over loopback HTTP, mounted as the sandbox service mounts it. */
export async function startTestSandbox(
  options: SapB1SandboxOptions & { now?: () => number } = {},
): Promise<TestSandbox> {
  const sandbox = createSapB1Sandbox({ loginMs: 5, ...options });
  const app = express();
  app.use('/_control/sap-b1', sandbox.control);
  app.use(sandbox.serve);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vault = {
    token: null as string | null,
    read: async () => vault.token,
    write: async (token: string | null) => {
      vault.token = token;
    },
  };
  const connect: TestSandbox['connect'] = (settings = {}, password = 'sandbox') => ({
    id: 'erp',
    label: 'ERP',
    revision: 1,
    settings: settingsSchema.parse({
      baseUrl: `${url}/sap-b1`,
      allowedAddresses: ['loopback'],
      company: 'SBODEMO',
      user: 'manager',
      requestTimeoutMs: 1_000,
      settleMs: 1_000,
      ...settings,
    }),
    secrets: secretsSchema.parse({ password }),
  });
  const connection = connect();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const now = options.now ?? Date.now;
  const openPlain: TestSandbox['openPlain'] = (chosen = connection) =>
    openClient(sapB1, {
      connection: chosen,
      log,
      now,
      budget: freeBudget(),
      raiseAttention: () => {},
      credentials: createMemoryVault(),
    });
  return {
    sandbox,
    url,
    vault,
    connection,
    connect,
    openPlain,
    open: (chosen) => toTestTarget(openPlain(chosen), vault),
    control: async (method, path, body) => {
      const response = await fetch(`${url}/_control/sap-b1${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    close: async () => {
      await sandbox.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function openCall(): CallContext & { exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return { ...freeCall({ record: (exchange) => exchanges.push(exchange) }), exchanges };
}
