import { PERSONAL_MASK } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { deliveryDetailSchema, deliverySchema, messageSchema } from '../../src/api/delivery.schemas.ts';
import { maskAnswer } from '../../src/masking/viewer-masks.ts';
import { maskByCode, maskError, maskReason } from '../../src/masking/viewer-words.ts';
import { connectionSchema } from '../../src/settings/settings.schemas.ts';

const NAMES = ['Ada Lovelace', 'ada@example.com', 'Lovelace', 'Dwayne "The Rock" Johnson', "O'Brien"];

/** Short words may be ours. */
function partsOf(name: string): string[] {
  return name.split(/["\s]+/).filter((part) => part.length > 3);
}

function error(code: string | null, message: string) {
  return {
    kind: 'rejected',
    code,
    message,
    advice: `Correct "${message}" at the source.`,
    fields: [{ path: 'billTo.city', expected: 'London', actual: message, message }],
    httpStatus: 400,
  };
}

describe('words that viewers see', () => {
  it.each(NAMES)('a vendor that quotes %s, with marks or without, is not repeated', (name) => {
    for (const words of [`Business partner ${name} is blocked`, `"${name}" is not valid`, `${name}`]) {
      for (const code of ['-5002', 'INVALID', 'TypeError', null]) {
        const masked = JSON.stringify(maskError(error(code, words), {}));
        for (const part of partsOf(name)) expect(masked).not.toContain(part);
        expect(maskError(error(code, words), {})).toMatchObject({
          kind: 'rejected',
          code,
          httpStatus: 400,
          fields: [{ path: 'billTo.city', expected: PERSONAL_MASK }],
        });
        expect(maskByCode(words, { error: error(code, words) })).not.toContain(name);
        expect(maskReason(words, { state: 'failed', reasonCode: code })).not.toContain(name);
      }
    }
  });

  it.each(NAMES)('our own words are kept, without the %s that they quote', (name) => {
    const words = `The payment method "${name}" has no entry, and '${name}' neither`;
    const { message } = maskError(error('no-value-map-entry', words), {}) as { message: string };
    expect(message).toMatch(/^The payment method "…"/);
    for (const part of partsOf(name)) expect(message).not.toContain(part);
    const waiting = maskReason(`waits for customer "${name}" in erp`, { state: 'waiting', reasonCode: null });
    expect(waiting).toBe('waits for customer "…" in erp');
  });

  it('what people wrote when they ended a delivery is theirs to see', () => {
    for (const state of ['discarded', 'resolved']) {
      expect(maskReason('Mrs Lovelace cancelled', { state, reasonCode: null })).not.toContain('Lovelace');
    }
  });

  it.each(NAMES)('why a lane or a connection is held is told, without what a page says that repeats %s', (name) => {
    const words = `the target is out of order: SAP gave an answer that is no JSON (creating order shop/1; HTTP 502): ${name}`;
    const at = '2026-01-01T00:00:00.000Z';
    const seen = maskAnswer(connectionSchema, {
      id: 'erp',
      settings: { company: 'SBODemoUS' },
      attention: words,
      throttled: { since: at, reason: words, records: 1, longest: [] },
      lane: { state: 'held', reason: words, at },
    });
    const why = expect.stringMatching(/^the target is out of order: .*shown to operators and admins$/);
    expect(seen).toEqual({
      id: 'erp',
      settings: { company: 'SBODemoUS' },
      attention: why,
      throttled: { since: at, reason: why, records: 1, longest: [] },
      lane: { state: 'held', reason: why, at },
    });
    const held = maskAnswer(deliverySchema, { id: 'd-1', held: words });
    expect(held).toEqual({ id: 'd-1', held: why });
    for (const part of partsOf(name)) expect(JSON.stringify([seen, held])).not.toContain(part);
    expect(
      maskAnswer(connectionSchema, { lane: { state: 'held', reason: 'the target asks for a pause', at } }),
    ).toEqual({
      lane: { state: 'held', reason: 'the target asks for a pause', at },
    });
  });

  it('what the schema of an answer does not name is hidden', () => {
    const masked = maskAnswer(messageSchema, { id: 'm-1', number: '#1', customerName: 'Ada', more: [{ name: 'Ada' }] });
    expect(masked).toEqual({ id: 'm-1', number: '#1', customerName: PERSONAL_MASK, more: [{ name: PERSONAL_MASK }] });
  });

  it('a delivery keeps what it is and where it stands', () => {
    const delivery = {
      id: 'd-1',
      state: 'failed',
      entity: 'order',
      number: '#1001',
      reason: 'Ada Lovelace is blocked',
      reasonCode: '-5002',
      error: error('-5002', 'Ada Lovelace is blocked'),
      waitingOn: [{ entity: 'customer', sourceKey: 'shop/7', match: 'ada@example.com' }],
      attemptLog: [
        {
          attempt: 1,
          outcome: 'failed',
          startedAt: '2026-01-01T00:00:00.000Z',
          durationMs: 12,
          error: error('-5002', 'Ada Lovelace is blocked'),
          exchanges: [
            {
              method: 'GET',
              url: "https://sap/b1s/v2/BusinessPartners('ada')?$filter=EmailAddress eq 'ada@example.com'",
              status: 400,
              requestBody: '{"CardName":"Ada Lovelace"}',
              responseBody: null,
              startedAtMicros: 1,
              durationMs: 2,
            },
          ],
        },
      ],
      payload: { source: { id: '1' }, email: 'ada@example.com', totals: null },
      operations: [{ id: 'o-1', state: 'failed', reason: 'Ada called', result: 'Ada Lovelace is blocked' }],
    };
    const masked = maskAnswer(deliveryDetailSchema, delivery);
    expect(JSON.stringify(masked)).not.toMatch(/ada/i);
    expect(masked).toMatchObject({
      id: 'd-1',
      number: '#1001',
      reasonCode: '-5002',
      waitingOn: [{ sourceKey: 'shop/7', match: PERSONAL_MASK }],
      attemptLog: [{ exchanges: [{ method: 'GET', status: 400, url: 'https://sap/b1s/v2/BusinessPartners("…")?…' }] }],
      payload: { source: { id: '1' }, email: PERSONAL_MASK },
    });
  });
});
