import { createHmac, timingSafeEqual } from 'node:crypto';
import { createOrder, type EntityName } from '@entrepot/canonical';
import {
  type Absence,
  type ConnectionView,
  defineSource,
  defineVendor,
  type Fetched,
  MalformedWebhook,
  noSettings,
  type PollPage,
  pollSettingsShape,
  type ShownState,
  type SubscriptionFindings,
  sourceEntity,
  type Vendor,
  VendorError,
  type VendorErrorKind,
} from '@entrepot/vendor-kit';
import { z } from 'zod';

interface ShopRecord {
  note: string;
  /** Whole seconds, as many sources have. */
  changedAtSeconds: number;
  unmapped: boolean;
  sequence: number;
}

/** A shop in memory, as a vendor: orders with a note, webhooks signed by the connection's secret, polls by change sequence. */
export class FakeShop {
  readonly vendor: Vendor;
  readonly fetches: string[][] = [];
  polls = 0;
  /** The cursor that each listing began from. */
  readonly listedFrom: (string | null)[] = [];
  fault: VendorErrorKind | null = null;
  fetchDelayMs = 0;
  readonly wanted = ['order/changed', 'order/gone'];
  readonly subscriptions = new Set<string>();
  refusesSubscriptions = false;
  /** What each look was told to be known. */
  readonly looks: string[][] = [];
  /** Records that the list of all ids leaves out, though they are there. */
  readonly unlisted = new Set<string>();
  /** Documents of the shop's own target that a record shows, by the record's id. */
  readonly shown = new Map<string, readonly ShownState[]>();
  private readonly records = new Map<string, ShopRecord>();
  private sequence = 0;

  constructor(name: string, absence: Absence = 'deletes') {
    this.vendor = defineVendor({
      name,
      title: 'Fake shop',
      settings: z.strictObject({
        title: z.string().default(''),
        pollOnly: z.boolean().default(false),
        ...pollSettingsShape,
      }),
      secrets: z.strictObject({ secret: z.string() }),
      budget: () => ({ concurrency: 8, requests: [], points: false }),
      client: { open: ({ connection }) => connection.id, close: async () => {} },
      target: null,
      source: defineSource({
        test: async () => ({ ok: true, checks: [] }),
        scopes: [],
        values: {},
        entities: {
          order: sourceEntity('order', {
            settings: noSettings,
            batch: { count: 20 },
            pollIntervalMs: 3_600_000,
            absence,
            fetch: (connection: string, sourceIds) => this.fetch(connection, sourceIds),
            ...(absence === 'sweep' ? { listIds: () => this.listIds() } : {}),
            poll: (_connection, { cursor, sinceMicros }) => this.poll('order', cursor, sinceMicros),
          }),
        },
        webhook: {
          maxBytes: 10_000,
          tooLargeAdvice: 'Send less.',
          repeatsForMs: 60_000,
          topicHeader: 'x-topic',
          topics: ['order/changed', 'order/gone'],
          isTaken: ({ pollOnly }) => !pollOnly,
          verify: (headers, connection: ConnectionView<unknown, { secret: string }>) => {
            const expected = createHmac('sha256', connection.secrets.secret);
            const given = Buffer.from(headers['x-signature'] ?? '', 'base64');
            if (given.length !== 32) return null;
            return {
              update: (chunk) => void expected.update(chunk),
              matches: () => timingSafeEqual(given, expected.digest()),
            };
          },
          read: ({ rawBody, headers }) => {
            let id: unknown;
            try {
              ({ id } = JSON.parse(rawBody.toString()) as { id: unknown });
            } catch {
              throw new MalformedWebhook('the body is not JSON');
            }
            if (typeof id !== 'string') throw new MalformedWebhook('the body has no id');
            return {
              hints: [{ entity: 'order', sourceId: id, cause: 'order/changed' }],
              duplicateKey: headers['x-delivery'] ?? null,
              attention: null,
            };
          },
          checkSubscriptions: async (_connection, known) => this.checkSubscriptions(known),
        },
      }),
    });
  }

  write(id: string, note: string, options: { unmapped?: boolean; changedAtSeconds?: number } = {}): void {
    this.sequence += 1;
    const changedAtSeconds = options.changedAtSeconds ?? Math.floor(Date.now() / 1000);
    this.records.set(id, { note, changedAtSeconds, unmapped: options.unmapped ?? false, sequence: this.sequence });
  }

  remove(id: string): void {
    this.records.delete(id);
  }

  private check(): void {
    if (this.fault !== null) throw new VendorError(this.fault, `the shop is ${this.fault}`);
  }

  private async fetch(connection: string, sourceIds: readonly string[]): Promise<Fetched<'order'>[]> {
    this.fetches.push([...sourceIds]);
    if (this.fetchDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.fetchDelayMs));
    this.check();
    return sourceIds.map((id) => this.map(connection, id));
  }

  private checkSubscriptions(known: readonly string[]): SubscriptionFindings {
    this.check();
    this.looks.push([...known]);
    const missing = this.wanted.filter((topic) => !this.subscriptions.has(topic));
    const made = this.refusesSubscriptions ? [] : missing;
    for (const topic of made) this.subscriptions.add(topic);
    return {
      present: [...this.subscriptions],
      made,
      missing: missing.filter((topic) => !made.includes(topic)).map((topic) => ({ topic, reason: 'it says no' })),
    };
  }

  private map(connection: string, id: string): Fetched<'order'> {
    const record = this.records.get(id);
    if (record === undefined) return { status: 'not-found', sourceId: id };
    if (record.unmapped) {
      const error = {
        kind: 'mapping',
        code: 'totals',
        message: 'the totals differ by 0.01 EUR',
        advice: null,
        fields: [],
      };
      return { status: 'unmapped', sourceId: id, number: `#${id}`, error };
    }
    const entity = createOrder({
      source: { connection, vendor: this.vendor.name, id, number: `#${id}` },
      note: record.note,
    });
    return {
      status: 'found',
      sourceId: id,
      entity,
      stampMicros: record.changedAtSeconds * 1_000_000,
      number: `#${id}`,
      states: this.shown.get(id) ?? [],
    };
  }

  private async *listIds(): AsyncIterable<readonly string[]> {
    this.check();
    const listed = [...this.records.keys()].filter((id) => !this.unlisted.has(id));
    for (let at = 0; at < listed.length; at += 10) yield listed.slice(at, at + 10);
  }

  private async *poll(entity: EntityName, cursor: string | null, sinceMicros: number | null): AsyncIterable<PollPage> {
    this.polls += 1;
    this.listedFrom.push(cursor);
    const isListed = ({ sequence, changedAtSeconds }: ShopRecord): boolean =>
      cursor === null ? changedAtSeconds * 1e6 >= (sinceMicros ?? 0) : sequence > Number(cursor);
    this.check();
    const changed = [...this.records]
      .filter(([, record]) => isListed(record))
      .sort(([, a], [, b]) => a.sequence - b.sequence);
    for (let at = 0; at < changed.length; at += 10) {
      const page = changed.slice(at, at + 10);
      yield {
        hints: page.map(([sourceId]) => ({ entity, sourceId, cause: 'poll' })),
        cursor: String(page.at(-1)?.[1].sequence),
      };
    }
  }
}
