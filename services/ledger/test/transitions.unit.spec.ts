import { ATTEMPT_OUTCOMES, type AttemptReport } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, FINAL_STATES, isFinal, KEPT_ATTEMPTS, KEPT_WITH_EXCHANGES } from '../src/states/delivery.ts';
import {
  abandon,
  advance,
  appearedKeysOf,
  applyAttempt,
  applyRouting,
  begin,
  endByHand,
  giveUp,
  release,
  supersede,
} from '../src/states/transitions.ts';
import { attemptReport, rejected, routedReport } from './reports.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const RULES = { attempts: 3, firstDelayMs: 1_000, maxDelayMs: 10_000, waitingRecheckMs: 60_000 };

function routed(): Delivery {
  const report = routedReport();
  const [decision] = report.decisions;
  if (decision === undefined) throw new Error('no decision');
  return applyRouting(null, report, decision, NOW);
}

function after(...reports: AttemptReport[]): Delivery {
  return reports.reduce((delivery, report) => applyAttempt(delivery, report, RULES, NOW), routed());
}

const operation = {
  operationId: 'op-1',
  mode: 'as-is' as const,
  stage: 'sent' as const,
  attempt: 2,
  force: true,
  bulk: false,
  requestedBy: 'ada',
  sinceMs: NOW.getTime(),
  lane: null,
};

describe('routing', () => {
  it('makes a matched decision a pending delivery that can be found by number and id', () => {
    const delivery = routed();
    expect(delivery).toMatchObject({
      state: 'pending',
      flow: 'order:shop:erp',
      from: 'shop',
      to: 'erp',
      endedAt: null,
    });
    expect(delivery.refs).toEqual(['1001']);
  });

  it('ends a skipped decision with its reason', () => {
    const report = routedReport();
    const delivery = applyRouting(
      null,
      report,
      {
        deliveryId: 'd',
        flow: 'f',
        flowRevision: 1,
        to: 'erp',
        result: 'skipped',
        reason: 'test order',
        reasonCode: 'test-order',
      },
      NOW,
    );
    expect(delivery).toMatchObject({ state: 'skipped', reason: 'test order', reasonCode: 'test-order', endedAt: NOW });
  });

  it('told after the attempt adds only the lane position', () => {
    const attempted = applyAttempt(null, attemptReport(), RULES, NOW);
    const report = routedReport();
    const [decision] = report.decisions;
    if (decision === undefined) throw new Error('no decision');
    const both = applyRouting(attempted, report, decision, NOW);
    expect(both).toMatchObject({ state: 'verified', lane: decision.lane });
    expect(applyRouting(both, report, decision, NOW)).toBe(both);
  });
});

describe('a routing that the first attempt tells along', () => {
  const routing = { sinkVendor: 'sap-b1', publishedAtMicros: 1_700_000_000_000_000, flowRevision: 1 };
  const report = routedReport();
  const [decision] = report.decisions;
  if (decision === undefined) throw new Error('no decision');
  /** The flow was changed between routing and attempt. */
  const alone = attemptReport({ flowRevision: 2 });
  const along = { ...alone, routing };
  const tell = {
    routing: (current: Delivery | null) => applyRouting(current, report, decision, NOW),
    attempt: (current: Delivery | null) => applyAttempt(current, alone, RULES, NOW),
    both: (current: Delivery | null) => applyAttempt(current, along, RULES, NOW),
  };
  const wanted = tell.attempt(tell.routing(null));

  it.each([
    ['alone', [tell.both]],
    ['after the routing report', [tell.routing, tell.both]],
    ['before the routing report', [tell.both, tell.routing]],
    ['twice', [tell.both, tell.both]],
    ['twice, with the routing report between', [tell.both, tell.routing, tell.both]],
  ])('ends in the same delivery as two reports: told %s', (_when, changes) => {
    const told = changes.reduce<Delivery | null>((current, change) => change(current), null);
    expect(told).toEqual(wanted);
  });
});

describe('attempts', () => {
  it('retries with growing delay, then fails and waits for a person', () => {
    const retrying = (): AttemptReport =>
      attemptReport({ outcome: 'retrying', error: rejected('answered 500'), documents: [] });
    const first = after(retrying());
    expect(first).toMatchObject({ state: 'retrying', nextAttemptAt: new Date(NOW.getTime() + 1_000) });
    const second = applyAttempt(first, retrying(), RULES, NOW);
    expect(second).toMatchObject({ state: 'retrying', nextAttemptAt: new Date(NOW.getTime() + 2_000) });
    const third = applyAttempt(second, retrying(), RULES, NOW);
    expect(third).toMatchObject({ state: 'failed', reason: 'gave up after 3 attempts', nextAttemptAt: null });
    expect(third.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not try before the sink says it is useful', () => {
    const notBeforeMicros = (NOW.getTime() + 5_000) * 1_000;
    const delivery = after(attemptReport({ outcome: 'retrying', error: rejected('busy'), notBeforeMicros }));
    expect(delivery.nextAttemptAt).toEqual(new Date(NOW.getTime() + 5_000));
  });

  it('waits on keys under which the release finds it', () => {
    const delivery = after(
      attemptReport({
        outcome: 'waiting',
        documents: [],
        waitingOn: [{ entity: 'customer', sourceKey: 'shop/77', match: 'customer 77' }],
      }),
    );
    expect(delivery.state).toBe('waiting');
    expect(delivery.waitingKeys).toContain('erp|customer|shop/77');
    expect(delivery.reason).toBe('waits for customer "customer 77" in erp');
    expect(delivery.nextAttemptAt).toEqual(new Date(NOW.getTime() + 60_000));
    expect(release(delivery, NOW).nextAttemptAt).toEqual(NOW);
  });

  it.each([
    ['confirmation-overdue', NOW],
    ['unmapped-tax', null],
  ])('that failed (%s) is due again at %s, when what it needs appears', (code, nextAttemptAt) => {
    const waitingOn = [{ entity: 'customer', sourceKey: 'shop/77', match: 'customer 77' }] as const;
    const error = rejected('no', code);
    const failed = after(attemptReport({ outcome: 'failed', documents: [], waitingOn, error }));
    expect(failed.nextAttemptAt).toBeNull();
    expect(release(failed, NOW).nextAttemptAt).toEqual(nextAttemptAt);
  });

  it('a shipment of the ERP that waits for the own order of the shop is released by the report that wrote that order into the ERP', () => {
    const waiting = applyAttempt(
      null,
      attemptReport({
        entity: 'shipment',
        connection: 'erp',
        to: 'shop',
        outcome: 'waiting',
        documents: [],
        waitingOn: [{ entity: 'order', sourceKey: 'erp/12', match: 'SO-12', counterpart: true }],
      }),
      RULES,
      NOW,
    );
    const keys = appearedKeysOf(attemptReport());
    expect(waiting.waitingKeys.filter((key) => keys.includes(key))).toEqual(['shop|order|erp/12']);
    // The way forward stays: the order's customer or product is awaited in the ERP.
    expect(keys).toContain('erp|order|shop/1001');
  });

  it('releases nothing backwards by what is not in the target yet: an approval draft, or a document without an id', () => {
    const [document] = attemptReport().documents;
    if (document === undefined) throw new Error('no document');
    const documents = [
      { ...document, draft: true },
      { ...document, targetId: null },
      { ...document, subId: 'rest', targetId: '13' },
    ];
    expect(appearedKeysOf(attemptReport({ documents }))).toEqual(['erp|order|shop/1001', 'shop|order|erp/13']);
  });

  it('keeps how a counterpart was found, also after attempts that did not look for any', () => {
    const found = { entity: 'order', sourceKey: 'erp/12', targetId: '1001', through: 'reverse' } as const;
    const delivery = after(
      attemptReport({ outcome: 'retrying', error: rejected('busy'), counterparts: [found] }),
      attemptReport({ outcome: 'unchanged', counterparts: [] }),
    );
    expect(delivery.counterparts).toEqual([found]);
  });

  it('a report told twice changes nothing the second time', () => {
    const report = attemptReport({ outcome: 'failed', error: rejected('no') });
    const once = after(report);
    expect(applyAttempt(once, report, RULES, NOW)).toBe(once);
  });

  it('final states absorb what comes late, but keep it as evidence', () => {
    const verified = after(attemptReport());
    const late = applyAttempt(verified, attemptReport({ outcome: 'failed', error: rejected('late') }), RULES, NOW);
    expect(late).toMatchObject({ state: 'verified', attemptCount: 2, error: null });
  });

  it('an answer to an operation moves even a final state', () => {
    const verified = begin(after(attemptReport()), operation, NOW);
    const again = applyAttempt(
      verified,
      attemptReport({ outcome: 'mismatch', operationId: 'op-1', error: rejected('totals differ') }),
      RULES,
      NOW,
    );
    expect(again).toMatchObject({ state: 'mismatch', outstanding: null });
  });

  it('a read-back confirms a delivered one', () => {
    expect(after(attemptReport({ outcome: 'delivered' }), attemptReport({ outcome: 'verified' })).state).toBe(
      'verified',
    );
  });

  it('an operator retry starts the count of automatic tries anew', () => {
    const retrying = (operationId: string | null = null): AttemptReport =>
      attemptReport({ outcome: 'retrying', error: rejected('answered 500'), operationId });
    const failed = after(retrying(), retrying(), retrying());
    expect(failed.state).toBe('failed');
    expect(applyAttempt(begin(failed, operation, NOW), retrying('op-1'), RULES, NOW).state).toBe('retrying');
  });

  it('keeps the first and the latest attempts of many', () => {
    const many = after(
      ...Array.from({ length: 60 }, (_, i) => attemptReport({ outcome: 'waiting', attempt: i + 1, waitingOn: [] })),
    );
    expect(many.attemptCount).toBe(60);
    expect(many.attempts).toHaveLength(KEPT_ATTEMPTS);
    expect(many.attempts[0]?.attempt).toBe(1);
    expect(many.attempts.at(-1)?.attempt).toBe(60);
  });
});

it('a note of what was not carried over can be read, and is no trouble', () => {
  const note = rejected('stays as it is in: Comments', 'not-carried-over');
  expect(after(attemptReport({ outcome: 'unchanged', error: note }))).toMatchObject({
    state: 'unchanged',
    reason: 'stays as it is in: Comments',
    reasonCode: 'not-carried-over',
    error: null,
    fingerprint: null,
  });
});

describe('what people and newer versions do', () => {
  it('a newer version overtakes an open delivery, not an ended one', () => {
    const waiting = after(attemptReport({ outcome: 'failed', error: rejected('no') }));
    expect(supersede(waiting, 200, 'newer', NOW)).toMatchObject({
      state: 'superseded',
      supersededBy: 200,
      reason: 'newer',
    });
    const verified = after(attemptReport());
    expect(supersede(verified, 200, 'newer', NOW)).toBe(verified);
    expect(supersede(waiting, 100, 'same', NOW)).toBe(waiting);
  });

  it('ends by hand with who and why', () => {
    const failed = after(attemptReport({ outcome: 'failed', error: rejected('no') }));
    expect(endByHand(failed, 'resolved', 'ada', 'typed in by hand', NOW)).toMatchObject({
      state: 'resolved',
      endedBy: 'ada',
      reason: 'typed in by hand',
      endedAt: NOW,
    });
  });

  it('leaves another operation alone', () => {
    const busy = begin(after(attemptReport({ outcome: 'failed', error: rejected('no') })), operation, NOW);
    expect(advance(busy, 'other', { stage: 'sending' }, NOW)).toBe(busy);
    expect(abandon(busy, 'other', NOW)).toBe(busy);
    expect(abandon(busy, 'op-1', NOW).outstanding).toBeNull();
  });
});

describe('for any reports in any order', () => {
  const anyReport = fc
    .record({ outcome: fc.constantFrom(...ATTEMPT_OUTCOMES), id: fc.integer({ min: 0, max: 8 }) })
    .map(({ outcome, id }) =>
      attemptReport({ outcome, reportId: `r-${id}-${outcome}`, error: outcome === 'failed' ? rejected('no') : null }),
    );

  it('every delivery is in a known state, a final one has an end and no timer, and counts are right', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { maxLength: 20 }), (reports) => {
        const delivery = after(...reports);
        expect(delivery.attemptCount).toBe(new Set(reports.map((report) => report.reportId)).size);
        expect(isFinal(delivery.state)).toBe(delivery.endedAt !== null);
        if (isFinal(delivery.state)) expect(delivery.nextAttemptAt).toBeNull();
        if (['retrying', 'waiting', 'in-doubt'].includes(delivery.state)) expect(delivery.nextAttemptAt).not.toBeNull();
      }),
    );
  });

  it('once final, it stays as it is but for what turns out to be written, and delivered being confirmed', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { minLength: 1, maxLength: 12 }), (reports) => {
        let delivery = routed();
        for (const report of reports) {
          const next = applyAttempt(delivery, report, RULES, NOW);
          if (FINAL_STATES.includes(delivery.state)) {
            const unwritten = ['superseded', 'discarded', 'resolved'].includes(delivery.state);
            const further = unwritten ? ['delivered', 'verified'] : delivery.state === 'delivered' ? ['verified'] : [];
            expect([delivery.state, ...further]).toContain(next.state);
          }
          delivery = next;
        }
      }),
    );
  });
});

describe('what must not get lost', () => {
  it('an operation that came to nothing gives the timer back to what goes on by itself', () => {
    const waiting = after(
      attemptReport({ outcome: 'waiting', waitingOn: [{ entity: 'product', sourceKey: null, match: 'A-1' }] }),
    );
    const asked = begin(waiting, operation, NOW);
    expect(asked.nextAttemptAt).toBeNull();
    const dropped = abandon(asked, operation.operationId, NOW);
    expect(dropped.outstanding).toBeNull();
    expect(dropped.nextAttemptAt?.getTime()).toBeGreaterThan(NOW.getTime());
    const failed = after(attemptReport({ outcome: 'failed', error: rejected('no') }));
    expect(abandon(begin(failed, operation, NOW), operation.operationId, NOW).nextAttemptAt).toBeNull();
  });

  it('what can never be sent waits for a person, with the reason', () => {
    const retrying = after(attemptReport({ outcome: 'retrying', error: rejected('busy') }));
    const ended = giveUp(begin(retrying, operation, NOW), operation.operationId, 'the target is gone', NOW);
    expect(ended).toMatchObject({ state: 'failed', reason: 'the target is gone', outstanding: null, endedAt: null });
    expect(ended.fingerprint).not.toBeNull();
  });

  it('a document written while the delivery was being closed shows as delivered', () => {
    const pending = routed();
    for (const closed of [
      supersede(pending, 200, 'a newer one is not wanted', NOW),
      endByHand(pending, 'discarded', 'ada', 'not wanted', NOW),
    ]) {
      expect(applyAttempt(closed, attemptReport({ outcome: 'verified' }), RULES, NOW)).toMatchObject({
        state: 'verified',
        supersededBy: null,
      });
      expect(applyAttempt(closed, attemptReport({ outcome: 'failed', error: rejected('no') }), RULES, NOW).state).toBe(
        closed.state,
      );
    }
  });

  it('keeps the calls of the first and the latest attempts only', () => {
    const exchange = {
      method: 'POST',
      url: 'http://erp/Orders',
      status: 400,
      requestBody: '{}',
      responseBody: '{}',
      startedAtMicros: 1,
      durationMs: 2,
    };
    const reports = Array.from({ length: 40 }, () =>
      attemptReport({ outcome: 'failed', error: rejected('no'), exchanges: [exchange] }),
    );
    const withCalls = after(...reports).attempts.map((attempt) => attempt.exchanges.length > 0);
    expect(withCalls).toHaveLength(KEPT_ATTEMPTS);
    expect(withCalls.filter(Boolean)).toHaveLength(KEPT_WITH_EXCHANGES + 1);
    expect(withCalls[0]).toBe(true);
  });
});

describe('times', () => {
  const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;
  const anyNumber = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(1e15, 1e300, -1, Number.NaN));

  it('lie within 30 days, whatever flow and sink said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('retrying', 'waiting', 'in-doubt', 'accepted'),
        fc.tuple(anyNumber, anyNumber, anyNumber),
        fc.option(anyNumber),
        (outcome, [firstDelayMs, maxDelayMs, waitingRecheckMs], notBeforeMicros) => {
          const report = attemptReport({ outcome, error: rejected('busy'), notBeforeMicros });
          const rules = { attempts: 6, firstDelayMs, maxDelayMs, waitingRecheckMs };
          const at = applyAttempt(null, report, rules, NOW).nextAttemptAt?.getTime();
          expect(at).toBeGreaterThanOrEqual(NOW.getTime());
          expect(at).toBeLessThanOrEqual(NOW.getTime() + THIRTY_DAYS_MS);
        },
      ),
    );
  });
});
