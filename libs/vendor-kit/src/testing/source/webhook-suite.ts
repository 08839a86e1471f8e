import type { EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import type { ConnectionView } from '../../connection.ts';
import { MalformedWebhook, type WebhookReceiver, type WebhookRequest } from '../../source/webhook.ts';
import type { SuiteCase } from '../suite-case.ts';

export interface WebhookHarness {
  readonly receiver: WebhookReceiver;
  readonly connection: ConnectionView;
  /** A genuine webhook of a topic, signed by the connection's (first) secret, and what it is about; null for a topic without a record. */
  makeWebhook(topic: string): {
    readonly request: WebhookRequest;
    readonly about: { readonly entity: EntityName; readonly sourceId: string } | null;
  };
  /** Signs any body as the vendor would. */
  sign(rawBody: Buffer): WebhookRequest;
  /** The header that carries the signature, lower case. */
  readonly signatureHeader: string;
  /** The same connection with secrets of another shop. */
  readonly foreignConnection: ConnectionView;
  /** The same connection, set to be polled only; null where a vendor has no such setting. */
  readonly pollOnlyConnection: ConnectionView | null;
}

/** Whether a receiver accepts a whole request whose body arrives in parts, as from a network. */
export function isVerified(
  receiver: WebhookReceiver,
  { headers, rawBody }: WebhookRequest,
  connection: ConnectionView,
): boolean {
  const verification = receiver.verify(headers, connection);
  if (verification === null) return false;
  const middle = Math.floor(rawBody.length / 2);
  for (const part of [rawBody.subarray(0, middle), rawBody.subarray(middle)]) verification.update(part);
  return verification.matches();
}

const SIGNATURES: readonly (readonly [string, string | undefined])[] = [
  ['missing', undefined],
  ['empty', ''],
  ['nonsense', '%%%'],
  ['of another length', 'AAAA'],
  ['very long', 'A'.repeat(10_000)],
];
const NONSENSE = ['', 'not json', '[]', 'null', '{}', '{"id":{"__proto__":1}}', '{"id":null}'];

/** What a receiver of signed webhooks declares, each with its proof; needs no simulator. */
export function listWebhookCases(harness: WebhookHarness): readonly SuiteCase[] {
  const { receiver, connection } = harness;
  const first = (): WebhookRequest => harness.makeWebhook(receiver.topics[0] ?? '').request;
  const test = (name: string, work: () => void): SuiteCase => ({
    name: `webhook: ${name}`,
    run: async () => work(),
  });

  return [
    test('has topics, each once, a limit of size, and a time for which a refused one comes again', () => {
      expect(receiver.topics.length).toBeGreaterThan(0);
      expect(new Set(receiver.topics).size).toBe(receiver.topics.length);
      expect(receiver.maxBytes).toBeGreaterThan(0);
      expect(receiver.repeatsForMs).toBeGreaterThan(0);
      expect(receiver.tooLargeAdvice.length).toBeGreaterThan(10);
    }),
    test('is taken, unless the connection is set to be polled only', () => {
      expect(receiver.isTaken(connection.settings)).toBe(true);
      if (harness.pollOnlyConnection !== null)
        expect(receiver.isTaken(harness.pollOnlyConnection.settings)).toBe(false);
    }),
    ...receiver.topics.map((topic) =>
      test(`${topic}: a genuine one is accepted, and says what to fetch or what a person has to know`, () => {
        const { request, about } = harness.makeWebhook(topic);
        expect(request.headers[receiver.topicHeader]).toBe(topic);
        expect(isVerified(receiver, request, connection)).toBe(true);
        const message = receiver.read(request, connection);
        if (about !== null) expect(message.hints).toContainEqual(expect.objectContaining(about));
        else expect(message.attention).not.toBeNull();
      }),
    ),
    test('marks repeated deliveries by an equal key', () => {
      const [one, two] = [receiver.read(first(), connection), receiver.read(first(), connection)];
      expect(two.duplicateKey).toBe(one.duplicateKey);
    }),
    test('refuses every flipped byte of the body', () => {
      const request = first();
      const step = Math.max(1, Math.floor(request.rawBody.length / 200));
      for (let at = 0; at < request.rawBody.length; at += step) {
        const rawBody = Buffer.from(request.rawBody);
        rawBody[at] = (rawBody[at] ?? 0) ^ 1;
        expect(isVerified(receiver, { ...request, rawBody }, connection), `byte ${at}`).toBe(false);
      }
    }),
    ...SIGNATURES.map(([what, signature]) =>
      test(`refuses a signature that is ${what}`, () => {
        const headers = { ...first().headers, [harness.signatureHeader]: signature };
        expect(receiver.verify(headers, connection)).toBeNull();
      }),
    ),
    test('refuses a flipped signature, and the secrets of another connection', () => {
      const request = first();
      const signature = request.headers[harness.signatureHeader] ?? '';
      const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
      const headers = { ...request.headers, [harness.signatureHeader]: flipped };
      expect(isVerified(receiver, { ...request, headers }, connection)).toBe(false);
      expect(isVerified(receiver, request, harness.foreignConnection)).toBe(false);
    }),
    ...NONSENSE.map((body) =>
      test(`signed nonsense is malformed, not a crash: ${body}`, () => {
        const request = harness.sign(Buffer.from(body));
        expect(isVerified(receiver, request, connection)).toBe(true);
        expect(() => receiver.read(request, connection)).toThrow(MalformedWebhook);
      }),
    ),
  ];
}
