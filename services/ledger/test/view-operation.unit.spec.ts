import type { SourceOperationDocument } from '@entrepot/store';
import { expect, it } from 'vitest';
import { viewSourceOperation } from '../src/operations/view-operation.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
const operation: SourceOperationDocument = {
  _id: 'o1',
  kind: 'backfill',
  tenant: 'default',
  vendor: 'shopify',
  connection: 'shop',
  entity: 'order',
  open: 'backfill|shop|order',
  request: { sinceMicros: null, sourceIds: null },
  wanted: 'run',
  state: 'waiting',
  cursor: null,
  progress: { records: 0, published: 0, unchanged: 0, unmapped: 0, notFound: 0 },
  waitsFor: null,
  error: null,
  owner: null,
  leaseUntil: null,
  startedBy: 'olga',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  createdAt: NOW,
  startedAt: null,
  changedAt: NOW,
  progressAt: null,
  endedAt: null,
};
const waitsFor = (
  change: Partial<SourceOperationDocument>,
  connection: { active: boolean } | null = { active: true },
) => viewSourceOperation({ ...operation, ...change }, connection, NOW).waitsFor;

it('says why it does not get on, and nothing where it does or need not', () => {
  expect(waitsFor({})).toBeNull();
  expect(waitsFor({}, { active: false })).toBe('its connection is switched off');
  expect(waitsFor({}, null)).toBe('its connection is removed');
  expect(waitsFor({ changedAt: secondsAgo(16) })).toMatch(/^no connector of shopify takes it/);
  const running = { state: 'running', owner: 'c', changedAt: secondsAgo(500) } as const;
  expect(waitsFor({ ...running, leaseUntil: secondsAgo(-5) })).toBeNull();
  expect(waitsFor({ ...running, leaseUntil: secondsAgo(-5), waitsFor: 'it throttles' })).toBe(
    'its connection waits: it throttles',
  );
  expect(waitsFor({ ...running, leaseUntil: secondsAgo(16) })).toMatch(/^no connector of shopify takes it/);
  expect(waitsFor({ state: 'paused', changedAt: secondsAgo(500) }, { active: false })).toBeNull();
  expect(waitsFor({ state: 'completed', endedAt: NOW }, null)).toBeNull();
});
