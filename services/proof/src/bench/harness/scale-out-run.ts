import { setTimeout as sleep } from 'node:timers/promises';
import { createOrderSource } from './orders.ts';
import type { BenchServers } from './servers.ts';
import { startAlone } from './service-alone.ts';
import { awaitStored, loadTargets, startCompany } from './sink-load.ts';

const TARGETS = 8;
const CALLS_AT_ONCE = 4;
/** Each is delivered to all targets. */
const ORDERS_PER_SECOND = 2;
const WARM_UP = 5;
const USUAL_MS = 8_000;
/** How long after an event its effect is searched for: longer than the promised 8 s. */
const WINDOW_MS = 12_000;
/** The killed process may hold orders due shortly before the kill. */
const BEFORE_MS = 1_000;
const MAX_ORDERS = 240;
const TIMEOUT_MS = 30_000;

/** The longest way of an order, from when it was announced until its document was stored, in milliseconds. */
export interface ScaleOutResult {
  readonly usualMs: number;
  readonly sinkAddedMs: number;
  readonly connectorAddedMs: number;
  readonly sinkKilledMs: number;
  readonly connectorKilledMs: number;
  readonly orders: number;
  readonly missing: number;
}

/**
 * Orders flow steadily from a shop into eight companies by one connector and one sink; a replica of each joins, then each is killed with
 * SIGKILL and does not return.
 */
export async function runScaleOut(servers: BenchServers): Promise<ScaleOutResult> {
  const company = await startCompany(servers, 'company');
  await loadTargets(
    servers,
    Array.from({ length: TARGETS }, () => ({ companyUrl: company.url, maxConcurrency: CALLS_AT_ONCE })),
  );
  const connector = await startAlone(servers, 'connector-shopify');
  const sink = await startAlone(servers, 'sink-sap-b1');
  const source = createOrderSource({ sandboxUrl: company.url, webhookUrlOf: () => connector.url });
  const ids = await source.place(MAX_ORDERS);
  const dueAt = new Map<string, number>();
  const announce = async (id: string): Promise<void> => {
    const due = Date.now();
    await Promise.all(
      Array.from({ length: TARGETS }, async (_, index) => {
        dueAt.set(`shop-${index}/${id}`, due);
        if (!(await source.announce(id, `shop-${index}`))) throw new Error(`the connector refused order ${id}`);
      }),
    );
  };
  for (const id of ids.splice(0, WARM_UP)) await announce(id);
  const warm = await awaitStored([company], [...dueAt.keys()], TIMEOUT_MS);
  if (warm.size < dueAt.size) throw new Error(`only ${warm.size} of ${dueAt.size} documents of the warm-up came`);
  dueAt.clear();

  let flowing = true;
  const traffic = (async () => {
    for (let next = Date.now(); flowing && ids.length > 0; next += 1_000 / ORDERS_PER_SECOND) {
      await sleep(Math.max(0, next - Date.now()));
      await announce(ids.shift() as string);
    }
  })();
  const usualUntil = Date.now() + USUAL_MS;
  await sleep(USUAL_MS);
  const sinkAddedAt = Date.now();
  const secondSink = await startAlone(servers, 'sink-sap-b1');
  await sleep(WINDOW_MS);
  const connectorAddedAt = Date.now();
  const secondConnector = await startAlone(servers, 'connector-shopify');
  await sleep(WINDOW_MS);
  const sinkKilledAt = Date.now();
  process.kill(secondSink.pid, 'SIGKILL');
  await sleep(WINDOW_MS);
  const connectorKilledAt = Date.now();
  process.kill(secondConnector.pid, 'SIGKILL');
  await sleep(WINDOW_MS);
  flowing = false;
  await traffic;

  const stored = await awaitStored([company], [...dueAt.keys()], TIMEOUT_MS);
  const longest = (fromMs: number, untilMs: number): number =>
    Math.max(
      0,
      ...[...dueAt].flatMap(([reference, due]) =>
        due >= fromMs && due < untilMs ? [(stored.get(reference) ?? Number.POSITIVE_INFINITY) - due] : [],
      ),
    );
  await source.close();
  await connector.stop();
  await sink.stop();
  return {
    usualMs: longest(0, usualUntil),
    sinkAddedMs: longest(sinkAddedAt - BEFORE_MS, connectorAddedAt - BEFORE_MS),
    connectorAddedMs: longest(connectorAddedAt - BEFORE_MS, sinkKilledAt - BEFORE_MS),
    sinkKilledMs: longest(sinkKilledAt - BEFORE_MS, connectorKilledAt - BEFORE_MS),
    connectorKilledMs: longest(connectorKilledAt - BEFORE_MS, Number.POSITIVE_INFINITY),
    orders: dueAt.size,
    missing: [...dueAt.keys()].filter((reference) => !stored.has(reference)).length,
  };
}
