import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken, ensureAdminToken, revokeToken } from '../../src/access/tokens.ts';
import { startTestLedger, type TestLedger } from '../ledger-process.ts';
import { waitFor } from '../wait.ts';

let test: TestLedger;

beforeAll(async () => {
  test = await startTestLedger();
}, 60_000);

afterAll(() => test?.close());

/** A request with a method or headers that fetch does not send. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>((resolve, reject) => {
    const request = httpRequest(`${test.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends the head of a request whose body never comes; gives what is answered. */
function sendHeadOnly(head: readonly string[]): Promise<string> {
  const { port } = new URL(test.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
    socket.on('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('what callers may get wrong', () => {
  it('times before and after all times are only times: nothing is younger, everything is older', async () => {
    const token = await createToken(test.ledger.store, 'reads', 'viewer', 'test', new Date());
    const { eventId } = await test.publishOrder('9001', '#9001', 1);
    const messages = (query: string) =>
      test.call('GET', `/v1/messages?eventId=${eventId}${query}`, undefined, token.token);
    await waitFor(async () => (await messages('')).body.items.length === 1 || null);
    const long = ['0000-01-01T00:00:00Z', '0020-02-29T23:59:59.999999999%2B23:59', '1969-12-31T23:59:59Z'];
    const late = ['2256-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'];
    for (const time of long) {
      expect((await messages(`&since=${time}`)).body.items).toHaveLength(1);
      expect((await messages(`&until=${time}`)).body.items).toHaveLength(0);
    }
    for (const time of late) {
      expect((await messages(`&since=${time}`)).body.items).toHaveLength(0);
      expect((await messages(`&until=${time}`)).body.items).toHaveLength(1);
    }
    for (const list of ['deliveries?', 'messages?deliveryState=failed&', 'messages?flow=x&open=true&']) {
      for (const time of [...long, ...late]) {
        const { status } = await test.call('GET', `/v1/${list}since=${time}&until=${time}`, undefined, token.token);
        expect([list, time, status]).toEqual([list, time, 200]);
      }
    }
  });

  it('numbers in other spellings than decimal digits', async () => {
    for (const limit of ['0x10', '1e2', '%2B5', '5.0', '007', '', '%2010', '201', '0', '-1', '99999999999999999999']) {
      const { status, body } = await test.call('GET', `/v1/deliveries?limit=${limit}`);
      expect([limit, status, body.errors?.[0]?.path]).toEqual([limit, 400, 'limit']);
    }
    expect((await test.call('GET', '/v1/deliveries?limit=10')).status).toBe(200);
  });

  it('cursors belong to their list and filter, and cannot be changed', async () => {
    for (const label of ['a', 'b', 'c']) await test.call('POST', '/v1/tokens', { label, role: 'viewer' });
    const { next } = (await test.call('GET', '/v1/audit?limit=1')).body;
    expect((await test.call('GET', `/v1/audit?limit=2&cursor=${next}`)).body.items).toHaveLength(2);
    const changed = next.slice(0, -3) + (next.at(-3) === 'A' ? 'B' : 'A') + next.slice(-2);
    const position = Buffer.from(JSON.stringify(['0'])).toString('base64url');
    for (const path of [
      `/v1/audit?subject=a&cursor=${next}`,
      `/v1/messages?cursor=${next}`,
      `/v1/failure-groups?cursor=${next}`,
      `/v1/orders?cursor=${next}`,
      `/v1/audit?cursor=${changed}`,
      `/v1/audit?cursor=${next}AAAA`,
      `/v1/audit?cursor=${next}%3D`,
      `/v1/failure-groups?cursor=${position}`,
      '/v1/deliveries?cursor=',
    ]) {
      const { status, body } = await test.call('GET', path);
      expect([path, status, body.type]).toEqual([path, 400, 'urn:entrepot:problem:bad-cursor']);
    }
  });

  it('labels that show as other than they are', async () => {
    for (const label of ['a\u0000b', 'admin\u202eniamda', 'a\nb', '\u200b', ' a', 'a ', '', 'x'.repeat(101)]) {
      const { status, body } = await test.call('POST', '/v1/tokens', { label, role: 'viewer' });
      expect([label, status, body.errors?.[0]?.path]).toEqual([label, 400, 'label']);
    }
    expect((await test.call('POST', '/v1/tokens', { label: 'Зоя 😀 (büro)', role: 'viewer' })).status).toBe(201);
  });

  it('ids of every kind are only ids', async () => {
    for (const id of [
      '%00',
      '%F0%9F%98%80',
      '..%2F..',
      '$where',
      '__proto__',
      '%7B%22$gt%22%3A%22%22%7D',
      'x'.repeat(8_000),
    ]) {
      for (const what of ['deliveries', 'messages', 'connections', 'operations']) {
        const { status, body } = await test.call('GET', `/v1/${what}/${id}`);
        expect([what, id, status, body.type]).toEqual([what, id, 404, 'urn:entrepot:problem:not-found']);
      }
      expect((await test.call('DELETE', `/v1/tokens/${id}`)).status).toBe(404);
    }
    expect((await test.call('GET', '/v1/deliveries/%E0%A4%A')).status).toBe(400);
  });

  it('methods that a path does not know: 405, naming those that it does', async () => {
    const { body } = await test.call('GET', '/v1/openapi.json', undefined, null);
    for (const [path, operations] of Object.entries<object>(body.paths)) {
      const known = Object.keys(operations).map((method) => method.toUpperCase());
      if (known.includes('GET')) known.push('HEAD');
      for (const method of ['TRACE', 'PURGE', 'PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS']) {
        if (known.includes(method)) continue;
        const answer = await send(method, path.replaceAll(/\{\w+\}/g, 'x'));
        expect([method, path, answer.status, answer.headers.allow]).toEqual([
          method,
          path,
          405,
          known.sort().join(', '),
        ]);
        expect(answer.headers['content-type']).toMatch('application/problem+json');
      }
    }
    const nowhere = await send('TRACE', '/v2/nothing');
    expect([nowhere.status, JSON.parse(nowhere.body).type]).toEqual([404, 'urn:entrepot:problem:no-route']);
  });
});

describe('bodies', () => {
  const path = '/v1/deliveries/x/retry';

  it.each([
    ['without a token', '', 401],
    ['with a token of too low a role', 'viewer', 403],
  ])('are not waited for %s', async (_how, role, status) => {
    const token = role === '' ? null : (await test.call('POST', '/v1/tokens', { label: role, role })).body.token;
    const started = Date.now();
    const answer = await sendHeadOnly([
      `POST ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
      'Content-Type: application/json',
      'Content-Length: 1000000',
    ]);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it('are not read without a token, so that nothing is said of them', async () => {
    for (const body of ['{"mode":', 'x'.repeat(900_000)]) {
      const { status, body: problem } = await test.call('POST', path, body, null);
      expect([status, problem.type]).toEqual([401, 'urn:entrepot:problem:no-token']);
    }
  });

  it('too large, of another kind, or none at all: said in words', async () => {
    const authorization = `Bearer ${test.adminToken}`;
    const large = await send(
      'POST',
      path,
      { authorization, 'content-type': 'application/json' },
      `"${'x'.repeat(1_100_000)}"`,
    );
    expect([large.status, JSON.parse(large.body).title]).toEqual([413, 'Request is too large']);
    for (const type of ['text/plain', 'application/json; charset=iso-8859-1', '']) {
      const other = await send(
        'POST',
        path,
        { authorization, ...(type === '' ? {} : { 'content-type': type }) },
        '{"reason":"x"}',
      );
      expect([type, other.status, JSON.parse(other.body).title]).toEqual([type, 415, 'Body of another kind']);
    }
    const none = await send('POST', path, { authorization });
    expect([none.status, JSON.parse(none.body).errors[0].path]).toEqual([400, 'reason']);
    const yaml = await send('PUT', '/v1/configuration', { authorization, 'content-type': 'application/json' }, '{}');
    expect(yaml.status).toBe(415);
  });
});

describe('who was not let in', () => {
  const entriesOf = async (outcome: string) =>
    (await test.call('GET', '/v1/audit?limit=200')).body.items.filter(
      (entry: { outcome: string }) => entry.outcome === outcome,
    ) as {
      actor: string;
      role: string;
      action: string;
      subject: string;
      details: { count: number; address: string };
    }[];

  it('repeated guesses are one entry with their number', async () => {
    const before = (await entriesOf('refused: unknown-token')).reduce((sum, { details }) => sum + details.count, 0);
    for (let guess = 0; guess < 25; guess += 1) await test.call('GET', '/v1/tokens', undefined, `guess-${guess}`);
    const after = await waitFor(async () => {
      const entries = await entriesOf('refused: unknown-token');
      return entries.reduce((sum, { details }) => sum + details.count, 0) === before + 25 ? entries : null;
    });
    // A minute may end in between.
    expect(after.length).toBeLessThanOrEqual(3);
    expect(after[0]).toMatchObject({ actor: 'unknown', role: 'none', action: 'access', subject: '127.0.0.1' });
    expect(JSON.stringify(after)).not.toContain('guess-');
  });

  it('a role that does not reach is noted with who it was and what was asked for', async () => {
    const { token } = (await test.call('POST', '/v1/tokens', { label: 'curious', role: 'viewer' })).body;
    await test.call('GET', '/v1/tokens', undefined, token);
    const [entry] = await waitFor(async () => {
      const entries = (await entriesOf('refused: wrong-role')).filter(({ actor }) => actor === 'curious');
      return entries.length > 0 ? entries : null;
    });
    expect(entry).toMatchObject({ role: 'viewer', subject: 'GET /v1/tokens', details: { count: 1 } });
  });

  it('a token of the environment that was taken back stays so over restarts and exchanges', async () => {
    const { store } = test.ledger;
    const now = new Date();
    const stranger = 'of-the-environment-0123456789-abcdefghij';
    const isIn = async () => (await test.call('GET', '/v1/orders', undefined, stranger)).status === 200;
    await ensureAdminToken(store, stranger, now);
    expect(await isIn()).toBe(true);
    const kept = await store.tokens.findOne({ label: 'ENTREPOT_ADMIN_TOKEN', revokedAt: null });
    expect(await revokeToken(store, kept?._id ?? '', now)).toBe(true);
    expect(await ensureAdminToken(store, stranger, now)).toEqual({ made: null, revoked: true });
    expect(await isIn()).toBe(false);
    // Another value, and back.
    await ensureAdminToken(store, test.adminToken, now);
    expect(await ensureAdminToken(store, stranger, now)).toEqual({ made: null, revoked: true });
    expect(await isIn()).toBe(false);
    await ensureAdminToken(store, test.adminToken, now);
  });
});
