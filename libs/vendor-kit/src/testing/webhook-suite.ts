import type { EntityName } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import type { ConnectionView } from '../connection.ts';
import { MalformedWebhook, type WebhookReceiver, type WebhookRequest } from '../source.ts';

export interface WebhookHarness {
  readonly receiver: WebhookReceiver;
  readonly connection: ConnectionView;
  /** A genuine webhook, signed by the connection's (first) secret, and what it is about. */
  makeWebhook(): { readonly request: WebhookRequest; readonly entity: EntityName; readonly sourceId: string };
  /** Signs any body as the vendor would. */
  sign(rawBody: Buffer): WebhookRequest;
  /** The header that carries the signature, lower case. */
  readonly signatureHeader: string;
  /** The same connection with secrets of another shop. */
  readonly foreignConnection: ConnectionView;
}

/** Whether a receiver takes a whole request, its body told in parts as a network tells it. */
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

/** The contract of a {@link WebhookReceiver}; needs no simulator. */
export function describeWebhook(name: string, harness: WebhookHarness): void {
  const { receiver, connection } = harness;

  describe(`${name}: webhook contract`, () => {
    it('accepts a genuine webhook and reads its hint', () => {
      const { request, entity, sourceId } = harness.makeWebhook();
      expect(isVerified(receiver, request, connection)).toBe(true);
      const message = receiver.read(request, connection);
      expect(message.hints).toContainEqual(expect.objectContaining({ entity, sourceId }));
    });

    it('tells repeated deliveries by an equal key', () => {
      const { request } = harness.makeWebhook();
      const [first, second] = [receiver.read(request, connection), receiver.read(request, connection)];
      expect(second.duplicateKey).toBe(first.duplicateKey);
    });

    it('refuses every flipped byte of the body', () => {
      const { request } = harness.makeWebhook();
      const step = Math.max(1, Math.floor(request.rawBody.length / 200));
      for (let at = 0; at < request.rawBody.length; at += step) {
        const rawBody = Buffer.from(request.rawBody);
        rawBody[at] = (rawBody[at] as number) ^ 1;
        expect(isVerified(receiver, { ...request, rawBody }, connection), `byte ${at}`).toBe(false);
      }
    });

    it.each([
      ['missing', undefined],
      ['empty', ''],
      ['nonsense', '%%%'],
      ['of another length', 'AAAA'],
      ['very long', 'A'.repeat(10_000)],
    ])('refuses a signature that is %s', (_what, signature) => {
      const { request } = harness.makeWebhook();
      const headers = { ...request.headers, [harness.signatureHeader]: signature };
      expect(receiver.verify(headers, connection)).toBeNull();
    });

    it('refuses a flipped signature, and the secrets of another connection', () => {
      const { request } = harness.makeWebhook();
      const signature = request.headers[harness.signatureHeader] ?? '';
      const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
      expect(
        isVerified(
          receiver,
          { ...request, headers: { ...request.headers, [harness.signatureHeader]: flipped } },
          connection,
        ),
      ).toBe(false);
      expect(isVerified(receiver, request, harness.foreignConnection)).toBe(false);
    });

    it.each(['', 'not json', '[]', 'null', '{}', '{"id":{"__proto__":1}}', '{"id":null}'])(
      'signed nonsense is malformed, not a crash: %s',
      (body) => {
        const request = harness.sign(Buffer.from(body));
        expect(isVerified(receiver, request, connection)).toBe(true);
        expect(() => receiver.read(request, connection)).toThrow(MalformedWebhook);
      },
    );

    it('has a limit of size', () => {
      expect(receiver.maxBytes).toBeGreaterThan(0);
    });
  });
}
