import { setTimeout as sleep } from 'node:timers/promises';
import { connectBroker } from '@entrepot/broker';
import { inboxGroupId, inboxTopic, laneGroupId, laneTopic } from '@entrepot/canonical';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import {
  type AdminClient,
  createErpClient,
  type DeliveryView,
  type PlacedOrder,
  type ShopClient,
} from '@entrepot/stack/clients';
import type { Commit, Finding } from '../chaos/oracle/verdict.ts';
import type { SandboxClient } from '../chaos/surroundings/sandbox-client.ts';

/** Unfinished work of a release: left by its own processes, caused by the outside world. */
export interface OpenWork {
  /** Orders by the state in which the release leaves their delivery. */
  readonly orders: ReadonlyMap<LeftState, readonly PlacedOrder[]>;
  /** Orders that the shop has announced, and of which nothing is read yet. */
  readonly hinted: readonly PlacedOrder[];
  /** Deliveries of these orders, as the release's ledger shows them. */
  readonly deliveries: readonly DeliveryView[];
  /** Records that the lane and the inbox have not finished. */
  readonly backlog: number;
  readonly unreadHints: number;
}

export type LeftState = (typeof LEFT_STATES)[number];

const LEFT_STATES = ['failed', 'retrying', 'waiting', 'in-doubt', 'pending'] as const;
const BACKLOG = 3;
const HINTED = 2;
const REFUSED_ITEM = 'A00004';
const LOCKED_ITEM = 'A00002';
const MISSING_ITEM = 'NOT-YET-THERE';
/** Longer than the release takes to end, so that it never learns the result of its request. */
const COMMITS_LATE_MS = 15_000;
const BUYER = 'buyer-0@example.test';
const WITHIN_MS = 30_000;
const LOOK_MS = 200;
const OPEN_STATES = 'pending,accepted,retrying,waiting,in-doubt,mismatch,failed';

export interface Outside {
  readonly shop: ShopClient;
  readonly sandbox: SandboxClient;
  readonly sandboxUrl: string;
  readonly kafkaBrokers: string;
}

/**
 * Makes the company and the shop fail in such ways that a delivery stays in each open state, a lane has a backlog, and hints stay unread.
 */
export async function leaveOpenWork(outside: Outside, admin: AdminClient, signal: AbortSignal): Promise<OpenWork> {
  const { shop, sandbox } = outside;
  const order = (sku: string): Promise<PlacedOrder> =>
    shop.placeOrder({ email: BUYER, lines: [{ sku, title: sku, price: '12.50', quantity: 2 }] });
  await sandbox.post('_control/sap-b1/rules', { itemCode: REFUSED_ITEM, text: 'no longer sold' });
  // SAP's answer while another user edits the item.
  await sandbox.post('_control/sap-b1/rules', { itemCode: LOCKED_ITEM, code: -2039, text: 'changed by another user' });
  const failed = await order(REFUSED_ITEM);
  const waiting = await order(MISSING_ITEM);
  const retrying = await order(LOCKED_ITEM);
  const orders = new Map<LeftState, readonly PlacedOrder[]>([
    ['failed', [failed]],
    ['waiting', [waiting]],
    ['retrying', [retrying]],
  ]);
  await untilLeft(admin, orders, signal);

  const fault = { type: 'commitLate', ms: COMMITS_LATE_MS };
  await sandbox.post('_control/sap-b1/faults', { match: { method: 'POST', operation: 'Orders' }, fault, times: 1 });
  orders.set('in-doubt', [await shop.placeOrder({ email: BUYER })]);
  await untilLeft(admin, orders, signal);

  await sandbox.post('_control/sap-b1/faults', { fault: { type: 'down' } });
  orders.set('pending', await Promise.all(Array.from({ length: BACKLOG }, () => shop.placeOrder({ email: BUYER }))));
  await untilLeft(admin, orders, signal);

  const toldBefore = await countTold(sandbox);
  await sandbox.post('_control/shopify/faults', {
    match: { operation: 'nodes' },
    fault: { type: 'status', code: 502 },
  });
  const hinted = await Promise.all(Array.from({ length: HINTED }, () => shop.placeOrder({ email: BUYER })));
  await until('the hints', signal, async () => (await countTold(sandbox)) >= toldBefore + HINTED);
  const deliveries = await admin.listDeliveries({ state: OPEN_STATES, limit: '200' });
  const { lane: backlog, inbox: unreadHints } = await countUnfinished(outside.kafkaBrokers);
  return { orders, hinted, deliveries, backlog, unreadHints };
}

/** Differences from the work that was to be left: a proof that leaves less proves less. */
export function judgeLeft({ orders, deliveries, backlog, unreadHints }: OpenWork): Finding[] {
  const findings: Finding[] = [];
  for (const state of LEFT_STATES) {
    for (const { name, id } of orders.get(state) ?? []) {
      const left = deliveries.filter(({ sourceId }) => sourceId === id).map((delivery) => delivery.state);
      if (left.join() !== state)
        findings.push({ id: name, what: `was left ${left.join() || 'without delivery'}, not ${state}` });
    }
  }
  if (backlog < BACKLOG) findings.push({ id: 'lane', what: `was left with ${backlog} records, not ${BACKLOG}` });
  if (unreadHints < HINTED) findings.push({ id: 'inbox', what: `was left with ${unreadHints} hints, not ${HINTED}` });
  return findings;
}

/** The number of open deliveries, by state, and of what was not read. */
export function countLeft({ deliveries, backlog, unreadHints }: OpenWork): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of deliveries) counts[state] = (counts[state] ?? 0) + 1;
  return { ...counts, 'in the lane': backlog, 'hints unread': unreadHints };
}

/** Each order that was left has one document, and nothing else was written after the upgrade. */
export function judgeCommits(
  { orders, hinted }: OpenWork,
  commits: readonly Commit[],
  writtenBefore: number,
): Finding[] {
  const left = new Set([...[...orders.values()].flat(), ...hinted].map(({ id }) => `shop/${id}`));
  const findings = [...left].flatMap((ref): Finding[] => {
    const made = commits.filter(
      ({ externalRef, action, kind }) => externalRef === ref && action === 'create' && kind === 'Orders',
    );
    return made.length === 1 ? [] : [{ id: ref, what: `has ${made.length} documents in the company` }];
  });
  for (const { externalRef, action, kind } of commits.slice(writtenBefore)) {
    // The missing one, which a clerk created.
    if (kind === 'Items') continue;
    const [order] = /^shop\/\d+/.exec(externalRef ?? '') ?? [];
    if (order === undefined || !left.has(order))
      findings.push({ id: externalRef ?? kind, what: `was written after the upgrade: ${action} ${kind}` });
  }
  return findings;
}

/** The ledger of this checkout shows the release's deliveries in the same states. */
export async function judgeTakenOver(work: OpenWork, admin: AdminClient): Promise<Finding[]> {
  const shown = new Map(
    (await admin.listDeliveries({ state: OPEN_STATES, limit: '200' })).map((each) => [each.id, each]),
  );
  return work.deliveries.flatMap(({ id, number, state }): Finding[] => {
    const now = shown.get(id)?.state ?? 'not open any more';
    return now === state
      ? []
      : [{ id: number ?? id, what: `was ${state}, and is ${now} once this checkout has taken over` }];
  });
}

/**
 * The outside world works again, and a person retries what failed. The shop stays unavailable: open deliveries end first, from the stored
 * records.
 */
export async function endOpenWork(
  { deliveries }: OpenWork,
  { sandbox, sandboxUrl }: Outside,
  admin: AdminClient,
  signal: AbortSignal,
): Promise<Finding[]> {
  await sandbox.delete('_control/sap-b1/rules');
  await sandbox.delete('_control/sap-b1/faults');
  await createErpClient(sandboxUrl).createItem(MISSING_ITEM, 'There now');
  for (const { id, state } of deliveries)
    if (state === 'failed') await admin.retry(id, 'as-is', 'the company takes it now');
  const ended = new Map<string, DeliveryView>();
  await until(
    'the open deliveries',
    signal,
    async () => {
      for (const { id } of deliveries) ended.set(id, await admin.showDelivery(id));
      return [...ended.values()].every(({ state }) => WRITTEN.includes(state));
    },
    2 * WITHIN_MS,
  ).catch(() => undefined);
  return [...ended.values()].flatMap(({ state, number, id, reason }): Finding[] =>
    WRITTEN.includes(state) ? [] : [{ id: number ?? id, what: `was left open, and is ${state}: ${reason}` }],
  );
}

const WRITTEN: readonly string[] = ['delivered', 'verified'];

/** The shop answers again: the hints that the release received are read now. */
export async function answerHints({ sandbox }: Outside): Promise<void> {
  await sandbox.delete('_control/shopify/faults');
}

async function untilLeft(
  admin: AdminClient,
  orders: ReadonlyMap<LeftState, readonly PlacedOrder[]>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = [...orders].flatMap(([state, placed]) => placed.map(({ id }) => `${id} ${state}`));
  await until(`orders that are ${[...orders.keys()].join(', ')}`, signal, async () => {
    const open = await admin.listDeliveries({ state: OPEN_STATES, limit: '200' });
    const found = new Set(open.map(({ sourceId, state }) => `${sourceId} ${state}`));
    return wanted.every((each) => found.has(each));
  });
}

async function countTold(sandbox: SandboxClient): Promise<number> {
  const { items } = await sandbox.get<{ items: { topic: string; result: number | string }[] }>(
    '_control/shopify/webhooks',
  );
  return items.filter(({ topic, result }) => topic === 'orders/create' && result === 200).length;
}

/** Records at the end of a lane and of an inbox that their group has not finished. */
async function countUnfinished(kafkaBrokers: string): Promise<{ readonly lane: number; readonly inbox: number }> {
  const broker = await connectBroker({
    brokers: kafkaBrokers.split(','),
    clientId: 'entrepot-proof-open-work',
    log: createSilentLogger(),
    metrics: createMetrics({ service: 'proof', processMetrics: false }),
  });
  const count = async (group: string, topic: string): Promise<number> => {
    const [ends, committed] = [await broker.endOffsets(topic), await broker.committedOffsets(group, topic)];
    return [...ends].reduce((sum, [partition, end]) => sum + Number(end - (committed.get(partition) ?? 0n)), 0);
  };
  try {
    return {
      lane: await count(laneGroupId('sap-b1'), laneTopic('sap-b1')),
      inbox: await count(inboxGroupId('shopify'), inboxTopic('shopify')),
    };
  } finally {
    await broker.close();
  }
}

async function until(
  what: string,
  signal: AbortSignal,
  look: () => Promise<boolean>,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${withinMs / 1_000} s`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}
