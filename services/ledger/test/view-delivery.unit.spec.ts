import { expect, it } from 'vitest';
import { viewDeliveryDetail } from '../src/api/views.ts';
import { BLANK_MESSAGE, type Message } from '../src/states/message.ts';
import { applyRouting } from '../src/states/transitions.ts';
import { routedReport } from './reports.ts';

const NOW = new Date('2026-03-01T10:00:00Z');

it('a delivery shows whose write its event is: null where it is news, or the event is not known', () => {
  const report = routedReport();
  const [decision] = report.decisions;
  if (decision === undefined) throw new Error('no decision');
  const delivery = applyRouting(null, report, decision, NOW);
  const news: Message = {
    ...BLANK_MESSAGE,
    _id: 'm1',
    state: 'published',
    entity: 'order',
    connection: 'shop',
    vendor: 'shopify',
    sourceId: '1',
    fingerprint: null,
    routedBy: [],
    undelivered: false,
    repairedByVersion: null,
    refs: [],
    at: NOW,
  };
  const show = (message: Message | null) =>
    viewDeliveryDetail(delivery, { maxAttempts: 6, lane: null }, message, { payload: null, payloadProblem: null }, []);
  expect(show({ ...news, origin: 'erp' }).origin).toBe('erp');
  expect(show(news).origin).toBeNull();
  expect(show(null).origin).toBeNull();
});
