import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { searchTerms } from '../src/states/delivery.ts';
import { fingerprintOf, maskValues } from '../src/states/fingerprint.ts';
import type { RecordMessage } from '../src/states/message.ts';
import { applyDelivery, applyMessage } from '../src/states/source-record.ts';
import { applyAttempt } from '../src/states/transitions.ts';
import {
  deliveryFloor,
  newTimeId,
  timeIdFloor,
  timeIdOf,
  timeOfDeliveryId,
  timeOfMessageId,
} from '../src/store/documents.ts';
import { attemptReport, rejected } from './reports.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const RULES = { attempts: 3, firstDelayMs: 1_000, maxDelayMs: 10_000, waitingRecheckMs: 60_000 };

function message(change: Partial<RecordMessage> = {}): RecordMessage {
  return {
    _id: 'm1',
    revision: 1,
    state: 'published',
    eventId: 'event-1',
    entity: 'order',
    connection: 'shop',
    vendor: 'shopify',
    sourceId: '1001',
    number: '#1001',
    version: 100,
    contentHash: 'h',
    deleted: false,
    snapshot: false,
    origin: null,
    record: null,
    bytes: null,
    headers: {},
    error: null,
    fingerprint: null,
    routedBy: [],
    undelivered: true,
    repairedByVersion: null,
    refs: ['1001'],
    at: NOW,
    ...change,
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('one row an order', () => {
  it('asks for a person while no router can read the newest state, until a good one comes', () => {
    const error = { kind: 'decode', code: 'unknown-schema', message: 'unknown schema id 77', advice: null, fields: [] };
    const unreadable = applyMessage(applyMessage(null, message()), message({ error, fingerprint: 'f' }));
    expect(unreadable).toMatchObject({ status: 'attention', unmapped: { message: 'unknown schema id 77' } });
    const good = message({ _id: 'm2', version: 101, at: new Date(NOW.getTime() + 1_000) });
    expect(applyMessage(unreadable, good)).toMatchObject({ status: 'open', unmapped: null });
  });

  it('an older look at a delivery does not overwrite a newer one', () => {
    const pending = applyAttempt(null, attemptReport({ outcome: 'failed', error: rejected('no') }), RULES, NOW);
    const later = applyAttempt(pending, attemptReport(), RULES, new Date(NOW.getTime() + 5));
    const row = applyDelivery(null, later);
    expect(applyDelivery(row, pending)).toBe(row);
  });

  it('is open until every target has it, and then imported', () => {
    const published = applyMessage(null, message());
    expect(published.status).toBe('open');
    const delivered = applyDelivery(published, applyAttempt(null, attemptReport(), RULES, NOW));
    expect(delivered).toMatchObject({ status: 'imported', version: 100 });
    expect(Object.values(delivered.targets)[0]).toMatchObject({ to: 'erp', state: 'verified', targetNumber: '512' });
  });

  it('asks for attention when a target refused it or it could not be mapped, until it is made good', () => {
    const failed = applyAttempt(null, attemptReport({ outcome: 'failed', error: rejected('no') }), RULES, NOW);
    expect(applyDelivery(null, failed).status).toBe('attention');
    const error = { kind: 'source', code: 'totals', message: 'totals differ by 0.02 EUR', advice: null, fields: [] };
    const unmapped = applyMessage(null, message({ _id: 'u1', state: 'unmapped', eventId: null, version: null, error }));
    expect(unmapped).toMatchObject({ status: 'attention', unmapped: { message: 'totals differ by 0.02 EUR' } });
    const later = message({ at: new Date(NOW.getTime() + 1_000) });
    expect(applyMessage(unmapped, later)).toMatchObject({ unmapped: null, status: 'open' });
  });

  it('does not go back to an older version or an older delivery', () => {
    const newest = applyMessage(null, message({ version: 200 }));
    expect(applyMessage(newest, message({ version: 100 }))).toBe(newest);
    const shown = applyDelivery(newest, applyAttempt(null, attemptReport({ version: 200 }), RULES, NOW));
    const older = applyAttempt(
      null,
      attemptReport({ version: 100, outcome: 'failed', error: rejected('no') }),
      RULES,
      NOW,
    );
    expect(applyDelivery(shown, older)).toBe(shown);
  });
});

describe('failure groups', () => {
  it('one cause is one group whatever the ids, numbers and names in its words', () => {
    const error = (message: string) => ({
      kind: 'rejected',
      code: '-10',
      message,
      advice: null,
      fields: [{ path: 'lines[3].sku' }],
    });
    const a = fingerprintOf('erp', 'order', error('Item "TS-1" of order #1001 is not valid'));
    const b = fingerprintOf('erp', 'order', {
      ...error('Item "MUG" of order #2417 is not valid'),
      fields: [{ path: 'lines[0].sku' }],
    });
    expect(a).toBe(b);
    expect(fingerprintOf('erp2', 'order', error('Item "MUG" of order #2417 is not valid'))).not.toBe(a);
    expect(fingerprintOf('erp', 'order', { ...error('Item "MUG" of order #2417 is not valid'), code: '-2' })).not.toBe(
      a,
    );
  });

  it('shows words without personal data', () => {
    expect(maskValues('No partner for ada@example.com, card 4711')).toBe('No partner for … card …');
  });
});

describe('small rules', () => {
  it('ids sort by time, and the same facts give the same id', () => {
    expect(timeIdOf(1_000, 'a') < timeIdOf(2_000, 'a')).toBe(true);
    expect(timeIdOf(1_000, 'a', 'b')).toBe(timeIdOf(1_000, 'a', 'b'));
    expect(timeIdOf(1_000, 'ab', '')).not.toBe(timeIdOf(1_000, 'a', 'b'));
    expect(newTimeId(5_000) > timeIdFloor(4_999)).toBe(true);
  });

  it('ids have the form of stored ones: ten digits of milliseconds, eleven of microseconds', () => {
    const newYear = Date.UTC(2026, 0, 1);
    expect(timeIdFloor(newYear)).toBe('01kdvdna00');
    expect(timeIdOf(newYear, 'report', 'a')).toBe(`01kdvdna00${sha256('report\u0000a').slice(0, 20)}`);
    expect(timeOfMessageId('01kdvdna00c5c9ff97e89b171e570d')).toBe(newYear);
    expect(deliveryFloor(newYear)).toBe('1j791320g00');
    expect(timeOfDeliveryId('1j791320g00-00000000000000000000000000')).toBe(newYear);
    // An id of a form that is none of ours belongs to the end of time.
    expect(timeOfMessageId('UNKNOWN-ID')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('numbers are found with and without their #', () => {
    expect(searchTerms(['#1001', null, '55', '#1001', ''])).toEqual(['1001', '55']);
  });
});
