import type { TargetDocument } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { applyAttempt, confirm, type Delivery, findConfirmed, type RetryRules } from '../src/states/index.ts';
import { attemptReport } from './reports.ts';

const now = new Date('2026-01-01T12:00:00Z');
const later = new Date('2026-01-01T15:00:00Z');
const rules: RetryRules = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 60_000, waitingRecheckMs: 180_000 };
const taken: TargetDocument = {
  role: 'order',
  subId: null,
  externalRef: 'shop/1001',
  targetId: null,
  targetNumber: null,
  draft: true,
};
const payment: TargetDocument = { ...taken, role: 'payment', subId: '1', externalRef: 'shop/1001/payment/1' };
const confirmed: TargetDocument = { ...taken, targetId: '12', targetNumber: '512', draft: false };

function deliveryAfter(outcome: 'accepted' | 'failed' | 'waiting', code: string): Delivery {
  const error = { kind: 'accepted', code, message: 'the target took it', advice: null, fields: [] };
  return applyAttempt(null, attemptReport({ outcome, error, documents: [taken, payment] }), rules, now);
}

describe('a confirmed document', () => {
  it.each([
    ['accepted', 'confirmation-pending'],
    ['failed', 'confirmation-overdue'],
  ] as const)('makes a delivery due that is %s (%s), found by its number', (outcome, code) => {
    const after = confirm(deliveryAfter(outcome, code), confirmed, later);
    expect(after).toMatchObject({
      state: 'accepted',
      reasonCode: 'confirmed',
      reason: expect.stringContaining('512'),
      error: null,
      fingerprint: null,
      nextAttemptAt: later,
      documents: [confirmed, payment],
    });
    expect(after.refs).toEqual(expect.arrayContaining(['1001', '12', '512']));
  });

  it.each([
    ['failed', 'unmapped-tax'],
    ['waiting', 'dependency-absent'],
  ] as const)('leaves a delivery alone that is %s (%s)', (outcome, code) => {
    const before = deliveryAfter(outcome, code);
    expect(confirm(before, confirmed, later)).toBe(before);
  });

  it('told twice changes nothing the second time', () => {
    const once = confirm(deliveryAfter('accepted', 'confirmation-pending'), confirmed, later);
    expect(confirm(once, confirmed, new Date(later.getTime() + 1))).toBe(once);
  });

  it('waits for an attempt under way', () => {
    const before = deliveryAfter('accepted', 'confirmation-pending');
    const outstanding = {
      operationId: 'operation-1',
      mode: 'automatic',
      stage: 'sent',
      attempt: 2,
      force: false,
      bulk: false,
      requestedBy: 'entrepot',
      sinceMs: 0,
      lane: null,
    } as const;
    const after = confirm({ ...before, outstanding, nextAttemptAt: null }, confirmed, later);
    expect(after).toMatchObject({ outstanding, nextAttemptAt: null, documents: [confirmed, payment] });
  });

  it('ends with the attempt that verifies it, also after a person was asked', () => {
    const due = confirm(deliveryAfter('failed', 'confirmation-overdue'), confirmed, later);
    const ended = applyAttempt(
      due,
      attemptReport({ outcome: 'verified', documents: [confirmed, payment] }),
      rules,
      later,
    );
    expect(ended).toMatchObject({ state: 'verified', endedAt: later, nextAttemptAt: null, fingerprint: null });
  });
});

describe('an accepted delivery', () => {
  it('is looked at again when the sink says, else from time to time', () => {
    const notBeforeMicros = later.getTime() * 1_000;
    const report = attemptReport({ outcome: 'accepted', notBeforeMicros, documents: [taken] });
    expect(applyAttempt(null, report, rules, now).nextAttemptAt).toEqual(later);
    const open = applyAttempt(null, attemptReport({ outcome: 'accepted', documents: [taken] }), rules, now);
    expect(open.nextAttemptAt).toEqual(new Date(now.getTime() + 180_000));
  });
});

describe('an acceptance that is told after its confirmation', () => {
  it('finds the document on the link', () => {
    expect(findConfirmed([taken, payment], [confirmed, payment])).toEqual(confirmed);
  });

  it.each<[string, readonly TargetDocument[]]>([
    ['is still to come', [taken]],
    ['is unknown', []],
    ['is another one', [{ ...payment, subId: '2', targetId: '9', draft: false }]],
    ['is an approval draft', [{ ...taken, targetId: 'D1' }]],
  ])('goes on waiting where the document of the link %s', (_what, linked) => {
    expect(findConfirmed([taken, payment], linked)).toBeNull();
  });

  it('does not begin anew for a document that it told of itself', () => {
    expect(findConfirmed([confirmed, payment], [confirmed, payment])).toBeNull();
  });
});
