import { request as httpRequest } from 'node:http';
import type { OutgoingRecord, Publisher } from '@entrepot/broker';
import { createSilentLogger, type HttpServer } from '@entrepot/service-kit';
import { MalformedWebhook, type WebhookReceiver } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseInboxMessage } from '../src/consumers/handle-hint.ts';
import type { ConnectorMetrics } from '../src/metrics.ts';
import type { OpenConnections } from '../src/sources/open-connections.ts';
import { serveWebhooks } from '../src/webhooks/admission.ts';
import { createRecentKeys, createWebhookHandler } from '../src/webhooks/receive-webhooks.ts';

const POLL_ONLY = { pollOnly: true };

const receiver: WebhookReceiver = {
  maxBytes: 1_000,
  tooLargeAdvice: 'Send less.',
  repeatsForMs: 60_000,
  topicHeader: 'x-topic',
  topics: ['orders/updated'],
  isTaken: (settings) => settings !== POLL_ONLY,
  verify: (headers) => {
    const signature = headers['x-signature'];
    if (signature === undefined || !signature.startsWith('signed:')) return null;
    let bytes = 0;
    return {
      update: (chunk) => {
        bytes += chunk.length;
      },
      matches: () => signature === `signed:${bytes}`,
    };
  },
  read: (request) => {
    let json: { id?: string; key?: string };
    try {
      json = JSON.parse(request.rawBody.toString()) as typeof json;
    } catch {
      throw new MalformedWebhook('the body is not JSON');
    }
    const hints =
      json.id === undefined
        ? []
        : [{ entity: 'order' as const, sourceId: json.id, cause: 'orders/create', creation: true }];
    return { hints, duplicateKey: json.key ?? null, triggeredAtMicros: null, attention: null };
  },
};

/** Room for five bodies of 500 bytes, and a little. */
const ROOM = 2_600;

let server: HttpServer;
let acknowledgements: string[];
let attention: [string, string | null][];
let sent: { topic: string; record: OutgoingRecord }[];
let rejected: string[];
let kafka: () => Promise<void>;

beforeEach(async () => {
  sent = [];
  acknowledgements = [];
  rejected = [];
  kafka = async () => {};
  const publisher: Publisher = {
    send: async (topic, record) => {
      await kafka();
      sent.push({ topic, record });
      return { topic, partition: 0, offset: '0' };
    },
    close: async () => {},
  };
  const metrics = new Proxy(
    {},
    {
      get: (_t, name) => {
        const count = (...args: unknown[]) => name === 'webhookRejected' && rejected.push(args.join(':'));
        return Object.assign(count, { inc: () => {}, observe: () => {} });
      },
    },
  ) as ConnectorMetrics;
  attention = [];
  const shop = {
    id: 'shop',
    entities: ['order'],
    view: () => ({ id: 'shop' }),
    raiseAttention: (topic: string, message: string | null) => void attention.push([topic, message]),
    noteWebhook: () => {},
  };
  const connections = {
    find: (id: string) =>
      id === 'shop'
        ? shop
        : id === 'polled'
          ? { ...shop, view: () => ({ id, settings: POLL_ONLY }) }
          : id === 'off'
            ? 'inactive'
            : id === 'broken'
              ? { ...shop, view: () => null }
              : 'unknown',
  } as unknown as OpenConnections;
  const handler = createWebhookHandler({
    vendor: 'test',
    receiver,
    connections,
    publisher,
    log: createSilentLogger(),
    metrics,
    nowMicros: () => 7,
    publishDeadlineMs: 60,
    bodyDeadlineMs: 600,
    maxBytesInFlight: ROOM,
    readiness: {
      refused: () => void acknowledgements.push('refused'),
      acknowledged: () => void acknowledgements.push('acknowledged'),
    },
  });
  server = await serveWebhooks({ port: 0, host: '127.0.0.1' }, handler);
});
afterEach(() => server.close());

const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
async function post(
  path: string,
  body: string,
  headers: Record<string, string> = { 'x-signature': `signed:${Buffer.byteLength(body)}` },
) {
  const response = await fetch(url(path), { method: 'POST', body, headers });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    problem: text === '' ? null : (JSON.parse(text) as { detail: string }),
    headers: response.headers,
  };
}

describe('webhooks', () => {
  it('of a connection that is polled only are refused with 403 before a byte is read, and put nothing on the inbox', async () => {
    const answer = await post('/webhooks/polled', '{"id":"1"}');
    expect(answer.status).toBe(403);
    expect(answer.problem?.detail).toContain('polled only');
    expect([sent, rejected]).toEqual([[], ['polled:poll-only']]);
  });

  it('puts verified hints on the inbox before it answers 200', async () => {
    expect(await post('/webhooks/shop', '{"id":"1001"}')).toMatchObject({ status: 200, problem: null });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ topic: 'entrepot.internal.inbox.test', record: { key: 'shop/1001' } });
    expect(parseInboxMessage(sent[0]?.record.value ?? null)).toEqual({
      connection: 'shop',
      entity: 'order',
      sourceId: '1001',
      cause: 'orders/create',
      deletion: false,
      creation: true,
      receivedAtMicros: 7,
    });
    expect(sent[0]?.record.headers?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('a repeated delivery is acknowledged and not published again; one that failed is', async () => {
    kafka = () => Promise.reject(new Error('down'));
    expect((await post('/webhooks/shop', '{"id":"1","key":"k"}')).status).toBe(503);
    kafka = async () => {};
    expect((await post('/webhooks/shop', '{"id":"1","key":"k"}')).status).toBe(200);
    expect((await post('/webhooks/shop', '{"id":"1","key":"k"}')).status).toBe(200);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['forged', '/webhooks/shop', '{"id":"1"}', { 'x-signature': 'signed:9' }, 401, 'shop:forged'],
    ['signed in another form', '/webhooks/shop', '{"id":"1"}', { 'x-signature': 'nonsense' }, 401, 'shop:forged'],
    ['unsigned', '/webhooks/shop', '{"id":"1"}', {}, 401, 'shop:forged'],
    ['not JSON', '/webhooks/shop', 'hello', { 'x-signature': 'signed:5' }, 400, 'shop:malformed'],
    ['too large', '/webhooks/shop', 'x'.repeat(1_001), { 'x-signature': 'signed:1001' }, 413, 'shop:too-large'],
    ['unknown connection', '/webhooks/else', '{}', {}, 404, 'unknown:unknown-connection'],
    ['strange connection', '/webhooks/%E0%A4%A', '{}', {}, 404, 'unknown:unknown-connection'],
    ['inactive connection', '/webhooks/off', '{}', {}, 410, 'off:inactive'],
    ['connection that cannot be opened', '/webhooks/broken', '{}', {}, 503, 'broken:not-ready'],
  ] as const)(
    '%s: refused with words, counted, nothing published',
    async (_name, path, body, headers, status, counted) => {
      const answer = await post(path, body, headers as Record<string, string>);
      expect(answer).toMatchObject({
        status,
        type: 'application/problem+json',
        problem: { status, detail: expect.stringMatching(/.{15}/) },
      });
      expect(sent).toEqual([]);
      expect(rejected).toEqual([counted]);
    },
  );

  it('other methods 405', async () => {
    const get = await fetch(url('/webhooks/shop'));
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each(['/', '/metrics', '/readyz', '/livez', '/webhooks', '/webhooks/', '/webhooks/shop/more', '/v1/connections'])(
    'nothing else is on the port: %s is 404 in words',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const response = await fetch(url(path), { method });
        expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
        expect(await response.json()).toMatchObject({ status: 404, detail: expect.stringContaining('/webhooks/') });
      }
    },
  );

  it('answers with headers that keep browsers and caches from using the answers', async () => {
    for (const { headers } of [await post('/webhooks/shop', '{"id":"1"}'), await post('/else', '')]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.has('x-powered-by')).toBe(false);
    }
  });

  it('a webhook that is too large is told to a person: its topic, never the header as it came, its size and what to do', async () => {
    const body = 'x'.repeat(1_001);
    const signature = { 'x-signature': 'signed:1001' };
    await post('/webhooks/shop', body, { ...signature, 'x-topic': 'orders/updated' });
    await post('/webhooks/shop', `${body}${body}`, { ...signature, 'x-topic': 'orders/updated' });
    await post('/webhooks/shop', body, { ...signature, 'x-topic': '<b>call me</b>' });
    const told = 'A webhook of orders/updated with 1001 bytes was refused (413), 1000 are taken. Send less.';
    expect(attention).toEqual([
      ['webhook too large: orders/updated', told],
      // Of the same topic: the same words, so that nobody is told twice.
      ['webhook too large: orders/updated', told],
      [
        'webhook too large: ',
        'A webhook of a topic we do not know with 1001 bytes was refused (413), 1000 are taken. Send less.',
      ],
    ]);
  });

  it('stops reading a body without length once it is too large', async () => {
    const status = await new Promise<number | string>((resolve) => {
      const req = httpRequest(
        url('/webhooks/shop'),
        { method: 'POST', headers: { 'transfer-encoding': 'chunked', 'x-signature': 'signed:2000' } },
        (res) => resolve(res.statusCode ?? 0),
      );
      req.on('error', (error) => resolve(error.message));
      for (let i = 0; i < 20; i += 1) req.write('x'.repeat(100));
    });
    expect(status).toBe(413);
  });

  it('a body that does not come is given up', async () => {
    const status = await new Promise<number>((resolve) => {
      const req = httpRequest(
        url('/webhooks/shop'),
        { method: 'POST', headers: { 'content-length': '100', 'x-signature': 'signed:100' } },
        (res) => resolve(res.statusCode ?? 0),
      );
      req.on('error', () => {});
      req.write('{');
    });
    expect(status).toBe(408);
  });

  it('refuses a body without a signature before it is sent', async () => {
    const status = await new Promise<number>((resolve) => {
      const req = httpRequest(url('/webhooks/shop'), { method: 'POST', headers: { 'content-length': '900' } }, (res) =>
        resolve(res.statusCode ?? 0),
      );
      req.on('error', () => {});
      req.flushHeaders();
    });
    expect(status).toBe(401);
  });

  it('holds no more bytes at once than it has room for; the room is free again when bodies end, however they end', async () => {
    const begin = (bytes: number) => {
      const headers = { 'content-length': '600', 'x-signature': 'signed:600' };
      const req = httpRequest(url('/webhooks/shop'), { method: 'POST', headers });
      const status = new Promise<number>((resolve) => req.on('response', (res) => resolve(res.statusCode ?? 0)));
      req.on('error', () => {});
      req.write('x'.repeat(bytes));
      return { status };
    };
    for (let round = 0; round < 3; round += 1) {
      const held = Array.from({ length: 5 }, () => begin(500));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const refused = await post('/webhooks/shop', `{"id":"1","x":"${'x'.repeat(200)}"}`);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await Promise.all(held.map(({ status }) => status))).toEqual([408, 408, 408, 408, 408]);
      expect((await post('/webhooks/shop', `{"id":"${round}","x":"${'x'.repeat(900)}"}`)).status).toBe(200);
    }
    expect(sent).toHaveLength(3);
    expect(rejected.filter((one) => one === 'shop:busy')).toHaveLength(3);
  });

  it('Kafka that does not answer: 503 in time for the vendor to send again', async () => {
    kafka = () => new Promise(() => {});
    const started = Date.now();
    const answer = await post('/webhooks/shop', '{"id":"1"}');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(acknowledgements).toEqual(['refused']);
    kafka = async () => {};
    expect((await post('/webhooks/shop', '{"id":"1"}')).status).toBe(200);
    expect(acknowledgements).toEqual(['refused', 'acknowledged']);
  });
});

describe('small parts', () => {
  it('remembers the latest keys, within bounds', () => {
    const recent = createRecentKeys(3);
    for (let i = 0; i < 10; i += 1) recent.add(`k${i}`);
    expect(recent.has('k9')).toBe(true);
    expect(recent.has('k0')).toBe(false);
  });
});
