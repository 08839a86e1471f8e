import { createHmac } from 'node:crypto';
import { createOrder } from '@entrepot/canonical';
import { z } from 'zod';
import {
  type ConnectionView,
  defineSource,
  defineVendor,
  type Hint,
  MalformedWebhook,
  openClient,
  showState,
  sourceEntity,
  type Vendor,
  VendorError,
} from '../src/index.ts';
import { freeBudget } from '../src/testing/free-call.ts';
import type { SourceEntityHarness, SourceFault, SourceSuite } from '../src/testing/index.ts';
import { createMemoryVault } from '../src/testing/memory-vault.ts';
import { defineModelTarget, ModelClient, type ModelRecord, showRecord, writeOrders } from './model-states.ts';

/** What a vendor says of itself that is not so. */
export type Lie =
  | 'cuts-batches'
  | 'finds-what-is-gone'
  | 'ignores-its-setting'
  | 'lists-nothing-of-a-kind'
  | 'tests-no-scope'
  | 'looks-at-no-subscription'
  | 'takes-webhooks-when-polled-only'
  | 'knows-a-topic-by-name-only'
  | 'checks-no-signature'
  | 'polls-never-a-change'
  | 'fails-as-a-defect'
  | 'polls-without-a-pause'
  | 'shows-its-secret'
  | 'opens-a-client-for-each-side'
  | 'confirms-nothing'
  | 'confirms-its-own-ids'
  | 'confirms-a-role-undeclared'
  | 'shows-no-state'
  | 'hashes-by-itself'
  | 'shows-what-it-does-not-declare';

const SECRET = 'a-secret-that-is-long-enough';
const TOPICS = ['order/changed', 'order/gone', 'app/removed'];
const failures = (): Readonly<Record<SourceFault, VendorError>> => ({
  down: new VendorError('unavailable', 'the model is down'),
  unauthorized: new VendorError('unauthorized', 'the model refuses these credentials'),
  throttled: new VendorError('throttled', 'the model asks to slow down'),
  garbage: new VendorError('unavailable', 'no JSON, but the content type text/html', { code: 'not-json' }),
  'repeats-request': new VendorError('rejected', `the model refuses ${SECRET}`),
  silent: new VendorError('timeout', 'the model does not answer'),
});

/** A vendor in memory that does what it declares, but for one lie. */
export function makeModelSource(lie: Lie | null): SourceSuite {
  const records = new Map<string, ModelRecord>();
  const orders = writeOrders(records);
  let signIns = 0;
  const openModel = (connection: string) =>
    new ModelClient(connection, () => {
      signIns += 1;
    });
  const own = openModel('model-1');
  const target = defineModelTarget(orders, (given) => (lie === 'opens-a-client-for-each-side' ? own : given));
  const subscriptions = new Set(['order/changed']);
  let granted: readonly string[] = ['read'];
  let fault: SourceFault | null = null;
  let changes = 0;

  const check = (signal: AbortSignal): void => {
    if (signal.aborted) throw new VendorError('unavailable', 'given up');
    if (fault !== null && lie === 'fails-as-a-defect') throw new TypeError('undefined is no function');
    if (fault !== null) throw failures()[fault];
  };
  const write = (id: string, note: string, reference?: string): void => {
    changes += 1;
    records.set(id, { note, changed: changes, ...(reference === undefined ? {} : { reference }) });
  };

  const vendor: Vendor = defineVendor({
    name: 'model',
    title: 'Model',
    settings: z.strictObject({ pollOnly: z.boolean().default(false).describe('Polls alone') }),
    secrets: z.strictObject({ key: z.string() }),
    budget: () => ({ concurrency: 1, requests: [], points: false }),
    client: { open: ({ connection }) => openModel(connection.id), close: async () => {} },
    source: defineSource({
      test: async (client: ModelClient, call) => {
        try {
          client.signIn();
          check(call.signal);
        } catch (error) {
          return { ok: false, checks: [{ name: 'sign-in', ok: false, message: String(error) }] };
        }
        const ok = granted.includes('read') || lie === 'tests-no-scope';
        return { ok, checks: [{ name: 'scope read', ok, message: ok ? 'granted' : 'the scope read is missing' }] };
      },
      scopes: [{ scope: 'read', for: 'orders', optional: false }],
      values: {
        channel: async () => (lie === 'lists-nothing-of-a-kind' ? [] : [{ value: 'web', label: 'Web' }]),
      },
      entities: {
        order: sourceEntity('order', {
          settings: z.strictObject({ upper: z.boolean().default(false).describe('Notes in capital letters') }),
          batch: { count: 5 },
          pollIntervalMs: lie === 'polls-without-a-pause' ? 1 : 60_000,
          absence: 'deletes',
          confirms: lie === 'confirms-a-role-undeclared' ? [] : ['order'],
          ...(lie === 'shows-what-it-does-not-declare' ? {} : { showsStates: true }),
          fetch: async (client: ModelClient, sourceIds, { settings, call }) => {
            client.signIn();
            check(call.signal);
            const asked = lie === 'cuts-batches' ? sourceIds.slice(0, 3) : sourceIds;
            return asked.map((sourceId) => {
              const record = records.get(sourceId);
              if (record === undefined && !(lie === 'finds-what-is-gone' && sourceId.startsWith('r')))
                return { status: 'not-found', sourceId };
              const upper = settings.upper && lie !== 'ignores-its-setting';
              const note = record?.note ?? 'gone';
              const entity = createOrder({
                source: { connection: client.connection, vendor: 'model', id: sourceId },
                note: upper ? note.toUpperCase() : note,
              });
              const reference = lie === 'confirms-nothing' ? undefined : record?.reference;
              const targetId = lie === 'confirms-its-own-ids' ? `own-${sourceId}` : sourceId;
              const document = { role: 'order', subId: null, targetId, number: `#${sourceId}` };
              const confirms = reference === undefined ? [] : [{ ...document, reference }];
              const found = { status: 'found', sourceId, entity, number: null, confirms } as const;
              const shown = showState(
                orders,
                { role: 'order', subId: null },
                showRecord(sourceId, { note, changed: 0 }),
                null,
              );
              const states = lie === 'hashes-by-itself' ? [{ ...shown, hash: `note: ${note}` }] : [shown];
              return {
                ...found,
                stampMicros: record?.changed ?? 0,
                ...(lie === 'shows-no-state' ? {} : { states }),
              };
            });
          },
          poll: (client, { cursor, call }) => {
            client.signIn();
            return list(cursor, call.signal);
          },
        }),
      },
      webhook: {
        maxBytes: 1_000,
        tooLargeAdvice: 'Have the model send less.',
        repeatsForMs: 1_000,
        topicHeader: 'x-topic',
        topics: TOPICS,
        isTaken: ({ pollOnly }) => !pollOnly || lie === 'takes-webhooks-when-polled-only',
        verify: (headers, connection: ConnectionView<unknown, { key: string }>) => {
          const given = headers['x-signature'];
          if (given === undefined || !/^[0-9a-f]{64}$/.test(given)) return null;
          const expected = createHmac('sha256', connection.secrets.key);
          return {
            update: (chunk) => void expected.update(chunk),
            matches: () => expected.digest('hex') === given || lie === 'checks-no-signature',
          };
        },
        read: ({ rawBody, headers }) => {
          const id = readId(rawBody);
          const topic = headers['x-topic'] ?? '';
          const hints: Hint[] = topic.startsWith('order/') ? [{ entity: 'order', sourceId: id, cause: topic }] : [];
          if (lie === 'knows-a-topic-by-name-only' && topic === 'order/gone') hints.pop();
          const attention = topic === 'app/removed' ? 'The app was removed.' : null;
          return { hints, duplicateKey: id, attention };
        },
        checkSubscriptions: async (_client, known) => {
          const missing = lie === 'looks-at-no-subscription' ? [] : known.filter((topic) => !subscriptions.has(topic));
          for (const topic of missing) subscriptions.add(topic);
          return { present: [...subscriptions], made: missing, missing: [] };
        },
      },
    }),
    target,
  });

  const receiver = vendor.source?.webhook;
  if (receiver === undefined) throw new TypeError('the model sends webhooks');

  async function* list(cursor: string | null, signal: AbortSignal) {
    check(signal);
    const after = Number(cursor ?? 0);
    const fresh = [...records].filter(([, { changed }]) => changed > after);
    const hints: Hint[] = fresh
      .filter(([, { note }]) => lie !== 'polls-never-a-change' || note === 'new')
      .map(([sourceId]) => ({ entity: 'order', sourceId, cause: 'poll' }));
    yield { hints, cursor: String(changes) };
  }

  const connectionOf = (settings: object): ConnectionView => ({
    id: 'model-1',
    label: 'Model',
    revision: 1,
    settings: vendor.settings.parse(settings),
    secrets: { key: SECRET },
  });
  const silent = (): void => {};
  const open = (settings: object = {}) => {
    const connection = connectionOf(settings);
    return openClient(vendor, {
      connection: lie === 'shows-its-secret' ? { ...connection, secrets: {} } : connection,
      log: { debug: silent, info: silent, warn: silent, error: silent },
      now: () => 0,
      raiseAttention: silent,
      credentials: createMemoryVault(),
      budget: freeBudget(),
    });
  };
  const openOrders = async (): Promise<SourceEntityHarness<'order'>> => ({
    connection: connectionOf({}),
    entity: 'order',
    open: (order) => open({ source: { order } }),
    createRecord: async () => {
      const id = `r${records.size + 1}`;
      write(id, 'new');
      return id;
    },
    changeRecord: async (id) => write(id, `changed ${changes}`),
    removeRecord: async (id) => void records.delete(id),
    unknownId: 'x',
    settings: {
      upper: {
        value: true,
        makeRecord: async () => {
          write('r-small', 'small');
          return 'r-small';
        },
      },
    },
    confirms: {
      order: async (reference) => {
        const id = `r${records.size + 1}`;
        write(id, 'new', reference);
        return { sourceId: id, targetId: id, number: `#${id}` };
      },
    },
    setFault: async (next) => {
      fault = next;
    },
    close: async () => {},
  });
  const sign = (rawBody: Buffer, topic = 'order/changed') => ({
    rawBody,
    headers: {
      'x-topic': topic,
      'x-signature': createHmac('sha256', SECRET).update(rawBody).digest('hex'),
    },
  });

  return {
    vendor,
    entities: { order: openOrders },
    side: async () => ({
      open,
      countSignIns: async () => signIns,
      openPollOnly: () => open({ pollOnly: true }),
      grantScopes: async (scopes) => {
        granted = scopes;
      },
      dropSubscription: async (topic) => void subscriptions.delete(topic),
      close: async () => {},
    }),
    webhook: {
      receiver,
      connection: connectionOf({}),
      sign,
      makeWebhook: (topic) => ({
        request: sign(Buffer.from('{"id":"r1"}'), topic),
        about: topic === 'app/removed' ? null : { entity: 'order', sourceId: 'r1' },
      }),
      signatureHeader: 'x-signature',
      foreignConnection: { ...connectionOf({}), secrets: { key: 'of another model' } },
      pollOnlyConnection: connectionOf({ pollOnly: true }),
    },
  };
}

function readId(rawBody: Buffer): string {
  let json: unknown;
  try {
    json = JSON.parse(rawBody.toString());
  } catch {
    throw new MalformedWebhook('the body is not JSON');
  }
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : null;
  if (typeof id !== 'string') throw new MalformedWebhook('the body has no id');
  return id;
}
