import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { orderWebhookBody, sendWebhook } from './signed-webhook.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

const MIB = 1024 * 1024;
const OPEN_POSTS = 400;
const BUDGET_BYTES = 64 * MIB;

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack(undefined, 'separate');
}, 180_000);

afterAll(() => test?.stop(), 60_000);

const connector = () => test.stack.service('connector-shopify');
const readAttention = async (): Promise<string | null> =>
  (await test.admin.get<{ attention: string | null }>('/v1/connections/shop')).attention;

function readMemoryMib(): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${connector().pid()}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Begins a webhook of a megabyte, sends nearly all of it, and keeps it open. */
function openPost(headers: Record<string, string>): { sending: ClientRequest; status: Promise<number | string> } {
  const sending = request(`${test.stack.webhookUrlOf('shopify')}/webhooks/shop`, {
    method: 'POST',
    agent: false,
    headers: { 'content-length': String(MIB), 'x-shopify-topic': 'orders/updated', ...headers },
  });
  const status = new Promise<number | string>((resolve) => {
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  sending.write(Buffer.alloc(MIB - 1, 32));
  return { sending, status };
}

async function timeSigned(): Promise<{ status: number; ms: number }> {
  const startedAt = performance.now();
  const { status } = await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody('1'));
  return { status, ms: performance.now() - startedAt };
}

describe.skipIf(process.platform !== 'linux')(`${OPEN_POSTS} open posts of a megabyte`, () => {
  it.each([
    ['unsigned', {}],
    ['with a signature that is not known to be wrong yet', { 'x-shopify-hmac-sha256': `${'A'.repeat(43)}=` }],
    [
      'truly signed, and never ended',
      { 'x-shopify-hmac-sha256': createHmac('sha256', 'sandbox-secret').update('x').digest('base64') },
    ],
  ] as const)(
    '%s: memory stays bounded, and a signed webhook is answered meanwhile',
    async (_name, headers) => {
      await timeSigned();
      const beforeMib = readMemoryMib();
      const posts = Array.from({ length: OPEN_POSTS }, () => openPost(headers));
      let mostMib = beforeMib;
      const watch = setInterval(() => {
        mostMib = Math.max(mostMib, readMemoryMib());
      }, 50);
      // Long enough for bodies that do not come on to yield their room.
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      const answers = [];
      for (let index = 0; index < 5; index += 1) answers.push(await timeSigned());
      clearInterval(watch);
      for (const { sending } of posts) sending.destroy();
      const statuses = await Promise.all(posts.map(({ status }) => status));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      // The shop gives 5 s; most need but a moment, also on a machine that has 400 MB to move.
      const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
      expect(times.at(-1)).toBeLessThan(5_000);
      expect(times[2]).toBeLessThan(1_500);
      // The budget, twice: what was read and not yet collected. Without bounds it was 433 MB more.
      expect(mostMib - beforeMib).toBeLessThan((2 * BUDGET_BYTES) / MIB + 32);
      expect(statuses.filter((status) => status === 200)).toEqual([]);
    },
    60_000,
  );
});

describe('a webhook larger than any that is taken', () => {
  it('is refused, and shown on its connection with its topic, its size and what to do', async () => {
    const body = `{"id":1,"note":"${'n'.repeat(17 * MIB)}"}`;
    const answer = await sendWebhook(test.stack.webhookUrlOf('shopify'), body).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
    const shown = await waitFor('the attention', async () => {
      const attention = await readAttention();
      return attention?.includes('413') ? attention : null;
    });
    expect(shown).toContain(`orders/updated with ${body.length} bytes`);
    expect(shown).toContain('includeFields');
  }, 60_000);
});

interface Listed {
  webhookSubscriptions: { nodes: { id: string; topic: string; uri: string }[] };
}

describe('a webhook subscription that is gone in the shop', () => {
  it('is made again, told to a person, and works; no look of the demo finds one missing', async () => {
    const list = () => test.shop.graphql<Listed>('{ webhookSubscriptions(first: 100) { nodes { id topic uri } } }');
    const before = (await list()).webhookSubscriptions.nodes;
    const lost = before.filter(({ topic }) => ['ORDERS_CREATE', 'ORDERS_PAID'].includes(topic));
    expect(lost).toHaveLength(2);
    for (const { id } of lost)
      await test.shop.graphql(
        'mutation Gone($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }',
        { id },
      );
    connector().kill();
    const after = await waitFor(
      'the subscriptions to be there again',
      async () => {
        const { nodes } = (await list()).webhookSubscriptions;
        return nodes.length === before.length ? nodes : null;
      },
      60_000,
    );
    const plain = (nodes: Listed['webhookSubscriptions']['nodes']) =>
      nodes.map(({ topic, uri }) => `${topic} ${uri}`).sort();
    expect(plain(after)).toEqual(plain(before));
    await waitFor('the attention', async () =>
      (await readAttention())?.includes('made again: orders/create, orders/paid'),
    );
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, ['verified']);
  }, 120_000);
});

describe('readiness', () => {
  const readyz = async () => {
    const answer = await fetch(`${connector().operationsUrl}/readyz`);
    return {
      status: answer.status,
      checks: ((await answer.json()) as { checks: Record<string, { ok: boolean }> }).checks,
    };
  };

  /** Stops a server as if its machine hung, for as long as `during` takes. */
  async function freeze(part: 'kafka' | 'mongo', during: () => Promise<void>): Promise<void> {
    const pid = test.stack.infra.parts.find((candidate) => candidate.part === part)?.child().pid;
    if (pid === undefined) throw new Error(`${part} does not run`);
    process.kill(pid, 'SIGSTOP');
    try {
      await during();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it('says no within seconds of Kafka falling silent, as webhooks are answered 503, and yes when they are taken again', async () => {
    await waitFor('the connector to be ready', async () => (await readyz()).status === 200);
    await freeze('kafka', async () => {
      // A webhook is given up after 4 s, a health check after 2.
      await waitFor('readiness to say no', async () => (await readyz()).status === 503, 8_000);
      expect((await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody('2'))).status).toBe(503);
      expect((await readyz()).status).toBe(503);
    });
    await waitFor('readiness to say yes', async () => (await readyz()).status === 200, 60_000);
    expect((await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody('2'))).status).toBe(200);
  }, 120_000);

  it('goes on saying yes while MongoDB is away, since webhooks are taken; what is away is shown', async () => {
    await waitFor('the connector to be ready', async () => (await readyz()).status === 200, 60_000);
    await freeze('mongo', async () => {
      const seen = await waitFor('the loss to be shown', async () => {
        const found = await readyz();
        return found.checks.mongodb?.ok === false ? found : null;
      });
      expect(seen).toMatchObject({ status: 200, checks: { webhooks: { ok: true } } });
      expect((await sendWebhook(test.stack.webhookUrlOf('shopify'), orderWebhookBody('3'))).status).toBe(200);
    });
  }, 60_000);
});
