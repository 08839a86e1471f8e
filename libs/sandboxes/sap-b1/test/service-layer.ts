import type { AddressInfo } from 'node:net';
import type { Sandbox } from '@entrepot/sandbox-faults';
import express from 'express';
import { createSapB1Sandbox, type SapB1SandboxOptions } from '../src/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by tests, whatever their shape.
  readonly json: any;
}

export interface ServiceLayerClient {
  readonly sandbox: Sandbox;
  /** Where the sandbox is mounted. */
  readonly url: string;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Logs in and keeps the cookies for `send`. */
  login(body?: object): Promise<Answer>;
  close(): Promise<void>;
}

/** Plain HTTP against the sandbox; paths are below `/b1s`. */
export async function startServiceLayer(options: SapB1SandboxOptions = {}): Promise<ServiceLayerClient> {
  const sandbox = createSapB1Sandbox({ loginMs: 5, ...options });
  const app = express();
  app.use('/_control/sap-b1', sandbox.control);
  app.use(sandbox.serve);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let cookie = '';

  const request = async (
    method: string,
    target: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(url + target, { method, headers, ...content });
    const text = await response.text();
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {
      // Not every answer is JSON.
    }
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    sandbox,
    url: `${url}/sap-b1`,
    send: (method, path, body, headers = {}) =>
      request(method, `/sap-b1/b1s${path}`, body, { 'content-type': 'application/json', cookie, ...headers }),
    control: (method, path, body) =>
      request(method, `/_control/sap-b1${path}`, body, { 'content-type': 'application/json' }),
    login: async (body = { CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' }) => {
      const answer = await request('POST', '/sap-b1/b1s/v2/Login', body, {});
      cookie = answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      return answer;
    },
    close: async () => {
      await sandbox.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function orderBody(more: object = {}): Record<string, unknown> {
  return {
    CardCode: 'C-WEB',
    DocDate: '2026-03-02',
    DocDueDate: '2026-03-05',
    NumAtCard: '#1001',
    U_EntrepotRef: 'shop/1001',
    DocumentLines: [{ ItemCode: 'MUG-WHITE', Quantity: '2', UnitPrice: 12.5, TaxCode: 'NY' }],
    ...more,
  };
}
