import type { AddressInfo } from 'node:net';
import { createShopifySandbox } from '@entrepot/sandbox-shopify';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { createSandboxApp } from '../src/app.ts';

let close = async (): Promise<void> => {};
afterEach(() => close());

async function start() {
  const shopify = createShopifySandbox();
  const { serve, control } = createSandboxApp([shopify]);
  const server = express().use(serve, control).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  close = async () => {
    await shopify.close();
    server.closeAllConnections();
    server.close();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (path: string, method = 'GET', body?: unknown, contentType = 'application/json') =>
    fetch(url + path, {
      method,
      headers: { 'content-type': contentType, 'x-shopify-access-token': 'sandbox-token' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

describe('sandbox service', () => {
  it('mounts a vendor and its control API, and switches faults for all', async () => {
    const call = await start();
    const ask = () =>
      call('/shopify/admin/api/2026-10/graphql.json', 'POST', { query: '{ shop { myshopifyDomain } }' });
    expect(await (await ask()).json()).toMatchObject({ data: { shop: { myshopifyDomain: 'demo.myshopify.test' } } });
    expect(
      (await call('/_control/faults', 'PUT', { shopify: [{ fault: { type: 'status', code: 503 } }] })).status,
    ).toBe(200);
    expect((await ask()).status).toBe(503);
    expect((await call('/_control/reset', 'POST')).status).toBe(204);
    expect((await ask()).status).toBe(200);
    expect((await call('/_control/shopify/requests')).status).toBe(200);
  });

  // What a page can send to another site without a question before it: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'changes nothing for a web page, which sends %j without being asked',
    async (contentType) => {
      const call = await start();
      await call('/_control/faults', 'PUT', { shopify: [{ fault: { type: 'status', code: 503 } }] });
      for (const [path, method] of [
        ['/_control/reset', 'POST'],
        ['/_control/faults', 'DELETE'],
        ['/_control/shopify/faults', 'DELETE'],
        ['/_control/shopify/orders', 'POST'],
      ] as const) {
        const answer = await call(path, method, undefined, contentType);
        expect([path, answer.status, await answer.json()]).toEqual([
          path,
          415,
          { error: expect.stringContaining('"content-type: application/json"') },
        ]);
      }
      expect(await (await call('/_control/faults', 'GET', undefined, contentType)).json()).toMatchObject({
        shopify: [{ fault: { code: 503 } }],
      });
    },
  );

  it('refuses rules for a vendor it does not have, in words', async () => {
    const call = await start();
    const answer = await call('/_control/faults', 'PUT', { nobody: [] });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: expect.stringContaining('There is no sandbox "nobody"') },
    ]);
  });
});
