import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  type CallContext,
  defineSource,
  defineTarget,
  defineVendor,
  MalformedWebhook,
  SIGN_IN_CHECK,
  type SourceWebhook,
  type TestReport,
} from '@entrepot/vendor-kit';
import { ModelClient } from './client.ts';
import { type ModelTypes, sourceCustomers, targetCustomers } from './customers.ts';
import { WEBHOOK_TOPIC } from './rows.ts';
import { type ModelSecrets, type ModelSettings, secretsSchema, settingsSchema } from './settings.ts';

const MAX_WEBHOOK_BYTES = 10_000;
const WEBHOOKS_REPEAT_FOR_MS = 60_000;
const SHA_256_BYTES = 32;

const webhook: SourceWebhook<ModelSettings, ModelSecrets, ModelClient> = {
  maxBytes: MAX_WEBHOOK_BYTES,
  tooLargeAdvice: 'Name fewer customers at once.',
  repeatsForMs: WEBHOOKS_REPEAT_FOR_MS,
  topicHeader: 'x-model-topic',
  topics: [WEBHOOK_TOPIC],
  isTaken: () => true,
  verify: (headers, { secrets }) => {
    const given = Buffer.from(headers['x-model-signature'] ?? '', 'base64');
    if (given.length !== SHA_256_BYTES) return null;
    const expected = createHmac('sha256', secrets.webhookSecret);
    return {
      update: (chunk) => void expected.update(chunk),
      matches: () => timingSafeEqual(given, expected.digest()),
    };
  },
  read: ({ rawBody }) => {
    const { id } = readBody(rawBody);
    const hint = { entity: 'customer', sourceId: id, cause: WEBHOOK_TOPIC } as const;
    return { hints: [hint], duplicateKey: null, attention: null };
  },
};

/** @throws MalformedWebhook when it names no customer */
function readBody(rawBody: Buffer): { readonly id: string } {
  try {
    const body: unknown = JSON.parse(rawBody.toString());
    if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string')
      return { id: body.id };
  } catch {
    // Told below.
  }
  throw new MalformedWebhook('the body names no customer');
}

async function test(client: ModelClient, call: CallContext): Promise<TestReport> {
  try {
    await client.listByIds([], call);
    return { ok: true, checks: [{ name: SIGN_IN_CHECK, ok: true, message: 'The system answers.' }] };
  } catch (error) {
    return { ok: false, checks: [{ name: SIGN_IN_CHECK, ok: false, message: String(error) }] };
  }
}

/**
 * A vendor whose systems are read and written: customers that people edit on either side. It is in no list of vendors; the proofs run
 * the product's own connector, sink and ledger with it.
 */
export const model = defineVendor({
  name: 'model',
  title: 'Model',
  settings: settingsSchema,
  secrets: secretsSchema,
  budget: ({ budget }) => ({ ...budget, points: false }),
  client: { open: (context) => new ModelClient(context), close: (client) => client.close() },
  source: defineSource({
    test,
    scopes: [],
    values: {},
    webhook,
    entities: { customer: sourceCustomers('model') },
  }),
  target: defineTarget<ModelTypes>({
    test,
    values: {},
    entities: { customer: targetCustomers },
  }),
});
