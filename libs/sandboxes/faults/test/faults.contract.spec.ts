import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import {
  answerJson,
  createCommitLog,
  createControlRouter,
  createFaults,
  createRequestLog,
  serveVendorApi,
} from '../src/index.ts';

/** Waits long enough for a busy machine. */
const until = <Value>(read: () => Value) => expect.poll(read, { timeout: 5_000 });

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function startSandbox() {
  const commits = createCommitLog();
  const expired: string[] = [];
  const faults = createFaults({
    operationOf: (request) => request.path.split('/')[1] ?? null,
    expireSession: (request) => void expired.push(request.path),
    partsOf: (request) =>
      (JSON.parse(request.body).parts ?? []).map((operation: string) => ({
        method: 'POST',
        path: `/${operation}`,
        operation,
      })),
  });
  const app = express();
  app.use('/_control/x', createControlRouter({ faults, commits, seed: (data) => data, reset: () => commits.clear() }));
  app.use(
    serveVendorApi({
      name: 'x',
      bodyLimitBytes: 1_000,
      faults,
      handle: (request, response) => {
        const { ref = null } = JSON.parse(request.body) as { ref?: string };
        const id = String(commits.list().length + 1);
        commits.append({ externalRef: ref, kind: 'Orders', id, number: null, action: 'create' });
        answerJson(response, 200, {
          id,
          query: request.query,
          text: 'x'.repeat(100),
          struck: faults.struckPart(request),
        });
      },
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    faults.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (path: string, method: string, body?: unknown) =>
    fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const post = (ref: string, parts?: string[]) => send('/x/Orders', 'POST', { ref, parts });
  return { url, commits, faults, expired, post, send };
}

describe('a vendor API', () => {
  it('hands over path, query and body, and leaves other paths to others', async () => {
    const { post, send, faults } = await startSandbox();
    expect(await (await send('/x/Orders?$top=1&a=%20', 'POST', { ref: 'a/1' })).json()).toMatchObject({
      id: '1',
      query: '$top=1&a=%20',
    });
    expect(faults.requests.list()).toMatchObject([{ path: '/Orders', operation: 'Orders', status: 200 }]);
    expect((await send('/xy/Orders', 'POST', { ref: 'a/2' })).status).toBe(404);
    expect((await post('a/3')).status).toBe(200);
  });

  it('refuses a body that is too large, and tells of a mistake of its own', async () => {
    const { post, send, commits } = await startSandbox();
    expect((await post('a'.repeat(1_000))).status).toBe(413);
    const answer = await send('/x/Orders', 'GET');
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('The sandbox failed')]);
    expect(commits.list()).toEqual([]);
  });
});

describe('faults', () => {
  it('keeps the latest requests', () => {
    const log = createRequestLog(10);
    for (let request = 0; request < 35; request += 1)
      log.begin({ method: 'GET', path: `/${request}`, operation: null, fault: null })(200);
    expect(log.list().map(({ path }) => path)).toEqual(Array.from({ length: 10 }, (_, index) => `/${index + 25}`));
  });

  it('cuts before and after the commit', async () => {
    const { post, faults, commits } = await startSandbox();
    faults.add({ fault: { type: 'cutBeforeCommit' }, times: 1 });
    await expect(post('a/1')).rejects.toThrow();
    expect(commits.list()).toHaveLength(0);
    faults.add({ fault: { type: 'cutAfterCommit' }, times: 1 });
    await expect(post('a/1')).rejects.toThrow();
    expect(commits.list('a/1')).toHaveLength(1);
    expect((await post('a/2')).status).toBe(200);
  });

  it('commits late, after the client has been cut', async () => {
    const { post, faults, commits } = await startSandbox();
    faults.add({ fault: { type: 'commitLate', ms: 60 }, times: 1 });
    await expect(post('a/1')).rejects.toThrow();
    expect(commits.list()).toHaveLength(0);
    await until(() => commits.list('a/1').length).toBe(1);
  });

  it('answers statuses, drips, delays and expires sessions, as the control API says', async () => {
    const { post, send, expired, faults } = await startSandbox();
    await send('/_control/x/faults', 'POST', {
      match: { operation: 'Orders' },
      fault: { type: 'status', code: 502 },
      times: 1,
    });
    const answer = await post('a/1');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8']);
    await send('/_control/x/faults', 'PUT', [
      { fault: { type: 'slowDrip', ms: 80 }, times: 1 },
      { fault: 'expiredSession', times: 1 },
    ]);
    const startedMs = Date.now();
    expect(((await (await post('a/1')).json()) as { text: string }).text).toHaveLength(100);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(60);
    await post('a/2');
    expect(expired).toEqual(['/Orders']);
    expect(faults.list()).toEqual([]);
    expect(await (await send('/_control/x/documents', 'GET')).json()).toMatchObject({
      created: { 'a/1': 1, 'a/2': 1 },
    });
    expect(((await (await send('/_control/x/requests', 'GET')).json()) as { items: unknown[] }).items).toMatchObject([
      { operation: 'Orders', fault: 'status', status: 502 },
      { fault: 'slowDrip', status: 200 },
      { fault: 'expiredSession', status: 200 },
    ]);
  });

  it('gives its log page by page', async () => {
    const { post, send } = await startSandbox();
    for (const reference of ['a/1', 'a/2', 'a/3']) await post(reference);
    const page = await (await send('/_control/x/documents?after=1&limit=1', 'GET')).json();
    expect(page).toMatchObject({ items: [{ externalRef: 'a/2' }] });
    expect((await send('/_control/x/documents?after=-1', 'GET')).status).toBe(400);
  });

  it('refuses a rule that means nothing, in words', async () => {
    const { send } = await startSandbox();
    const answer = await send('/_control/x/faults', 'POST', { fault: { type: 'explode' } });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      400,
      expect.stringContaining('Unknown fault "explode"'),
    ]);
  });

  it('leaves other operations alone', async () => {
    const { post, faults } = await startSandbox();
    faults.add({ match: { operation: 'Invoices' }, fault: { type: 'down' } });
    faults.add({ match: { method: 'GET' }, fault: { type: 'down' } });
    expect((await post('a/1')).status).toBe(200);
  });

  it('strikes a call inside a request: the part alone, or the request when the connection is what fails', async () => {
    const { post, faults } = await startSandbox();
    faults.add({ match: { operation: 'Drafts' }, times: 1, fault: { type: 'status', code: 503 } });
    // What is about the request itself does not count again for its parts.
    faults.add({ match: { method: 'POST' }, probability: 0, fault: { type: 'down' } });
    expect(await (await post('a/1', ['Orders', 'Drafts'])).json()).toMatchObject({
      struck: { index: 1, fault: { code: 503 } },
    });
    expect(await (await post('a/2', ['Orders', 'Drafts'])).json()).toMatchObject({ struck: null });
    faults.add({ match: { operation: 'Drafts' }, times: 1, fault: { type: 'cutBeforeCommit' } });
    await expect(post('a/3', ['Drafts'])).rejects.toThrow();
    expect(faults.requests.list().map(({ fault }) => fault)).toEqual(['status', null, 'cutBeforeCommit']);
  });
});
