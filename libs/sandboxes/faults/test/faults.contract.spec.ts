import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { createCommitLog, createControlRouter, createFaults } from '../src/index.ts';

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
      ((request.body?.parts ?? []) as string[]).map((operation) => ({
        method: 'POST',
        path: `/${operation}`,
        operation,
      })),
  });
  const app = express();
  app.use('/_control/x', createControlRouter({ faults, commits, seed: (data) => data, reset: () => commits.clear() }));
  app.use('/x', express.json(), faults.middleware, (request, response) => {
    const id = String(commits.list().length + 1);
    commits.append({ externalRef: request.body?.ref ?? null, kind: 'Orders', id, number: null, action: 'create' });
    response.json({ id, text: 'x'.repeat(100), struck: faults.struckPart(request) });
  });
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

describe('faults', () => {
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
