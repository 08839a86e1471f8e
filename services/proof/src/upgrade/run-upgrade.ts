import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { entityTopic } from '@entrepot/canonical';
import { startReaper } from '@entrepot/embedded';
import { buildServices } from '@entrepot/stack';
import { type AdminClient, createAdminClient, createShopClient, type PlacedOrder } from '@entrepot/stack/clients';
import { createCommitReader } from '../chaos/oracle/commit-reader.ts';
import type { Finding } from '../chaos/oracle/verdict.ts';
import { createSandboxClient } from '../chaos/surroundings/sandbox-client.ts';
import { makeHome } from '../chaos/surroundings/stack-home.ts';
import { obtainBuild, type ReleaseBuild } from '../releases/release-build.ts';
import type { Release } from '../releases/releases.ts';
import { countOlder, judgeStates, lastStates } from './judge-states.ts';
import {
  answerHints,
  countLeft,
  endOpenWork,
  judgeCommits,
  judgeLeft,
  judgeTakenOver,
  leaveOpenWork,
  type OpenWork,
  type Outside,
} from './open-work.ts';
import { CONNECTOR, openSurroundings, type Surroundings } from './surroundings.ts';
import { openTopicReader } from './topic-reader.ts';

const ENTITIES = ['order', 'customer'] as const;
const ORDERS = 12;
const CUSTOMERS = 4;
/** Every buyer becomes a customer of the shop. */
const BUYERS = 5;
/** Three edits, a cancellation, a deletion. */
const CHANGES = 5;
const WITHIN_MS = 60_000;
/** How long the company must stay untouched after everything has been published once more. */
const QUIET_MS = 3_000;
const LOOK_MS = 200;
const OPEN_STATES = 'pending,accepted,retrying,waiting,in-doubt,mismatch,failed';

export interface UpgradeReport {
  readonly from: string;
  readonly records: number;
  /** Number of deliveries that the release left open, by state; and what it had not read. */
  readonly left: Readonly<Record<string, number>>;
  readonly readyMs: number;
  readonly republishedMs: number;
  readonly findings: readonly Finding[];
}

/**
 * Lets a release fill a home, ends it in the middle of its work, and starts this checkout on the same home, in the order of an upgrade: all
 * services must start, end open deliveries, bring every state into the newer schemas, write nothing else to the company, and go on working.
 * Leaves no process behind, and no folder unless there are findings.
 */
export async function runUpgrade(
  root: string,
  from: Release,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<UpgradeReport> {
  tell(`Building ${from.name} (${from.commit.slice(0, 10)}), unless that was done before …`);
  const [build] = await Promise.all([obtainBuild(root, from), buildServices(root)]);
  const folder = makeHome('upgrade');
  const reaper = startReaper();
  let keep = true;
  try {
    const surroundings = await openSurroundings(root, folder, reaper);
    const sandbox = await surroundings.startSandbox();
    try {
      const work = await fillHome(surroundings, build, signal, tell);
      const report = await upgradeAndJudge(surroundings, from, work, signal, tell);
      keep = report.findings.length > 0;
      return report;
    } finally {
      await sandbox.stop();
    }
  } finally {
    await reaper.close();
    if (!keep || signal.aborted) rmSync(folder, { recursive: true, force: true });
    else tell(`Data and logs are kept in ${folder}`);
  }
}

/**
 * The release delivers orders and customers to the company; some are changed, one is cancelled, one customer is deleted; further ones are
 * left open.
 */
async function fillHome(
  surroundings: Surroundings,
  build: ReleaseBuild,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<OpenWork> {
  tell(`Starting ${build.name} …`);
  const release = await surroundings.startRelease(build);
  try {
    const shop = createShopClient(surroundings.sandboxUrl);
    const customers: string[] = [];
    for (let index = 0; index < CUSTOMERS; index += 1) {
      const email = `customer-${index}@example.test`;
      const { customerCreate } = await shop.graphql<{ customerCreate: { customer: { id: string } } }>(
        `mutation Join($input: CustomerInput!) { customerCreate(input: $input) { customer { id } userErrors { field message } } }`,
        { input: { email, firstName: 'Ada', lastName: `Example ${index}` } },
      );
      customers.push(customerCreate.customer.id);
    }
    const orders: PlacedOrder[] = [];
    for (let index = 0; index < ORDERS; index += 1)
      orders.push(await shop.placeOrder({ email: `buyer-${index % BUYERS}@example.test`, note: `order ${index}` }));
    const admin = createAdminClient(surroundings.adminUrl, surroundings.readToken());
    await awaitDelivered(admin, orders, signal);
    await Promise.all(orders.slice(0, 3).map(({ gid }) => shop.updateOrder(gid, { note: 'changed' })));
    await shop.cancelOrder((orders[4] as PlacedOrder).gid);
    await shop.graphql(
      `mutation Leave($input: CustomerDeleteInput!) { customerDelete(input: $input) { deletedCustomerId userErrors { field message } } }`,
      { input: { id: customers[0] } },
    );
    // Each change is one more version, with a delivery of its own.
    const states = ORDERS + CUSTOMERS + BUYERS + CHANGES;
    await until('the changes', signal, async () => (await countDeliveries(admin)) >= states && hasNothingOpen(admin));
    const work = await leaveOpenWork(outsideOf(surroundings), admin, signal);
    tell(
      `${states} states are in its home, ${work.deliveries.length} deliveries are open, ${work.backlog} in the lane, ` +
        `${work.unreadHints} hints unread; ending it …`,
    );
    return work;
  } finally {
    await release.stop();
  }
}

async function upgradeAndJudge(
  surroundings: Surroundings,
  from: Release,
  work: OpenWork,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<UpgradeReport> {
  const findings = judgeLeft(work);
  const outside = outsideOf(surroundings);
  const readCommits = createCommitReader(createSandboxClient(surroundings.sandboxUrl));
  const writtenBefore = (await readCommits()).length;
  tell('Starting this checkout on the same home …');
  const startedAt = performance.now();
  const stack = await surroundings.startCheckout(signal, (line) => tell(`  ! ${line}`));
  const readyMs = performance.now() - startedAt;
  try {
    const reader = await openTopicReader(stack.infra, ENTITIES);
    const admin = createAdminClient(stack.adminUrl, stack.adminToken.token);
    findings.push(...(await judgeTakenOver(work, admin)), ...(await endOpenWork(work, outside, admin, signal)));
    tell('What was open has ended; starting the connector …');
    const connectorStartedAt = performance.now();
    await stack.service(CONNECTOR).start();
    await answerHints(outside);
    await awaitDelivered(admin, work.hinted, signal).catch((error: unknown) =>
      findings.push({ id: 'inbox', what: `hints left unread: ${error}` }),
    );
    await until('every state in the newer schema', signal, async () => {
      const states = reader.states();
      return states.length > 0 && countOlder(states) === 0;
    }).catch((error: unknown) => findings.push({ id: 'topics', what: String(error) }));
    const republishedMs = performance.now() - connectorStartedAt;
    await until('all deliveries', signal, () => hasNothingOpen(admin));
    await sleep(QUIET_MS, undefined, { signal });
    const read = new Set(work.hinted.map(({ id }) => `${entityTopic('order')} shop/${id}`));
    const states = reader.states().filter(({ record }) => !read.has(record));
    const before = lastStates(states.filter(({ repeats }) => repeats === null));
    findings.push(...judgeStates(before, states), ...judgeCommits(work, await readCommits(), writtenBefore));
    findings.push(...(await findUnsettled(admin)));
    findings.push(...(await correctSettings(admin, signal)));

    const order = await createShopClient(surroundings.sandboxUrl).placeOrder({ note: 'after the upgrade' });
    await awaitDelivered(admin, [order], signal).catch((error: unknown) =>
      findings.push({ id: order.name, what: `placed after the upgrade: ${error}` }),
    );
    await reader.close();
    return { from: from.name, records: before.size, left: countLeft(work), readyMs, republishedMs, findings };
  } finally {
    await stack.stop();
  }
}

/** What the ledger cannot account for, or has not ended; and effects of a repetition, which must have none. */
async function findUnsettled(admin: AdminClient): Promise<Finding[]> {
  const { items, complete } = await admin.get<{ items: { id: string; detail: string }[]; complete: boolean }>(
    '/v1/unaccounted',
  );
  const findings = items.map(({ id, detail }): Finding => ({ id, what: detail }));
  if (!complete) findings.push({ id: 'ledger', what: 'is behind its topics' });
  for (const delivery of await admin.listDeliveries({ state: OPEN_STATES, limit: '200' }))
    findings.push({
      id: delivery.number ?? delivery.sourceId,
      what: `delivery is ${delivery.state}: ${delivery.reason}`,
    });
  return findings;
}

/**
 * This release reads the older release's settings, and reports each one that it would refuse today, with the remedy: the sandbox has no
 * public address, and must be named. Applies the remedy, as a person would, and checks that no problem is left.
 */
async function correctSettings(admin: AdminClient, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id, revision, attention, settings } of await listConnections(admin)) {
    if (attention === null) continue;
    if (attention.includes('allowedAddresses'))
      await admin.patch(`/v1/connections/${id}`, {
        revision,
        settings: { ...settings, allowedAddresses: ['loopback'] },
      });
    else findings.push({ id, what: `asks for attention: ${attention}` });
  }
  await until('connections without attention', signal, async () =>
    (await listConnections(admin)).every(({ attention }) => attention === null),
  ).catch((error: unknown) => findings.push({ id: 'connections', what: String(error) }));
  return findings;
}

function outsideOf({ sandboxUrl, kafkaBrokers }: Surroundings): Outside {
  const sandbox = createSandboxClient(sandboxUrl);
  return { shop: createShopClient(sandboxUrl), sandbox, sandboxUrl, kafkaBrokers };
}

interface ConnectionView {
  readonly id: string;
  readonly revision: number;
  readonly attention: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

async function listConnections(admin: AdminClient): Promise<readonly ConnectionView[]> {
  return (await admin.get<{ items: readonly ConnectionView[] }>('/v1/connections')).items;
}

async function awaitDelivered(admin: AdminClient, orders: readonly PlacedOrder[], signal: AbortSignal): Promise<void> {
  await until(`${orders.length} orders`, signal, async () => {
    const delivered = await admin.listDeliveries({
      entity: 'order',
      state: 'delivered,verified,unchanged',
      limit: '200',
    });
    const there = new Set(delivered.map(({ sourceId }) => sourceId));
    return orders.every(({ id }) => there.has(id)) && hasNothingOpen(admin);
  });
}

async function hasNothingOpen(admin: AdminClient): Promise<boolean> {
  return (await admin.listDeliveries({ state: OPEN_STATES, limit: '1' })).length === 0;
}

async function countDeliveries(admin: AdminClient): Promise<number> {
  return (await admin.listDeliveries({ limit: '200' })).length;
}

async function until(what: string, signal: AbortSignal, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${WITHIN_MS / 1_000} s`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}
