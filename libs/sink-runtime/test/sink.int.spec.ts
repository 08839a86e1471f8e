import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrder, openSinkBench, type SinkBench } from './sink-bench.ts';

let bench: SinkBench;

beforeAll(async () => {
  bench = await openSinkBench();
  await bench.addTarget('erp');
  await bench.startReplica('one');
}, 60_000);
afterAll(() => bench?.close(), 60_000);

function outcomesOf(id: string): string[] {
  return bench.attempts().flatMap((attempt) => (attempt.sourceId === id ? [attempt.outcome] : []));
}

function countDocuments(id: string): number {
  return bench.target.documents.filter(({ ref }) => ref === `${bench.shop}/${id}`).length;
}

describe('a sink on real Kafka, MongoDB and registry', () => {
  it('delivers an event once, however often it comes', async () => {
    const order = makeOrder(bench.shop, 'a', 1);
    await bench.publish(order);
    await bench.publish(order);
    await bench.until('both accounted for', () => outcomesOf('a').length >= 2);
    expect(outcomesOf('a')).toEqual(['verified', 'unchanged']);
    expect(countDocuments('a')).toBe(1);
    const attempt = bench.attempts().find(({ sourceId }) => sourceId === 'a');
    expect(attempt).toMatchObject({
      lane: { partition: 0 },
      routing: { sinkVendor: expect.stringMatching(/^fake-erp-/), flowRevision: 1 },
    });
  });

  it('passes records nobody can read, telling of each, and delivers their neighbours', async () => {
    const good = makeOrder(bench.shop, 'b', 1);
    const { shop } = bench;
    const headers = {
      ce_id: `poison-${shop}`,
      ce_type: 'entrepot.order.v1',
      ce_subject: 'poison',
      entrepot_connection: shop,
      entrepot_vendor: 'x',
      entrepot_version: '1',
      entrepot_hash: 'x',
      entrepot_published: '1',
    };
    await bench.publishRaw(`${shop}/p1`, Buffer.from('not avro'), headers);
    await bench.publishRaw(`${shop}/p2`, Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1]), headers);
    await bench.publishRaw(`${shop}/p3`, Buffer.from([0]), { ce_id: `headless-${shop}` });
    await bench.publish(good);
    // Other tests leave poison of their own on this topic.
    const codes = (): (string | null)[] =>
      bench
        .routings()
        .flatMap(({ problem, eventId }) => (problem !== undefined && eventId.includes(shop) ? [problem.code] : []));
    await bench.until('all told', () => codes().length === 3 && outcomesOf('b').length === 1);
    expect(codes().sort()).toEqual(['NotAvro', 'UnknownSchemaId', 'invalid-headers']);
    expect(outcomesOf('b')).toEqual(['verified']);
  });

  it('holds while the target is down, then goes on by itself with nothing failed', async () => {
    bench.target.down = 'down';
    for (const id of ['h1', 'h2', 'h3']) await bench.publish(makeOrder(bench.shop, id, 1));
    await bench.until('held', () => bench.laneReports().at(-1)?.state === 'held');
    expect(bench.laneReports().at(-1)?.reason).toContain('connection refused');
    bench.target.down = null;
    await bench.until('all delivered', () => ['h1', 'h2', 'h3'].every((id) => outcomesOf(id).length > 0));
    for (const id of ['h1', 'h2', 'h3']) expect(outcomesOf(id)).toEqual(['verified']);
    await bench.until('running again', () => bench.laneReports().at(-1)?.state === 'running');
  });

  it('waits for an item, and is delivered by the retry after it has appeared', async () => {
    const order = makeOrder(bench.shop, 'w', 1, { sku: 'SKU-1' });
    await bench.publish(order);
    await bench.until('waiting', () => outcomesOf('w').length === 1);
    const [waiting] = bench.attempts().filter(({ sourceId }) => sourceId === 'w');
    expect(waiting).toMatchObject({ outcome: 'waiting', waitingOn: [{ entity: 'product', match: 'SKU-1' }] });
    bench.target.items.add('SKU-1');
    if (waiting !== undefined) await bench.retry(waiting, order);
    await bench.until('delivered', () => outcomesOf('w').length === 2);
    expect(bench.attempts().at(-1)).toMatchObject({ outcome: 'verified', attempt: 2, operationId: 'op-1' });
  });

  it('arrives at the newest of many quick versions', async () => {
    for (let version = 1; version <= 10; version += 1) await bench.publish(makeOrder(bench.shop, 'v', version));
    await bench.until('all told', () => outcomesOf('v').length === 10);
    expect(bench.target.documents.find(({ ref }) => ref === `${bench.shop}/v`)).toMatchObject({ content: 'hash-10' });
    expect(new Set(outcomesOf('v'))).toEqual(new Set(['verified', 'superseded']));
  });

  it('skips with a reason, and makes use of edits to connections and flows without a restart', async () => {
    await bench.publish(makeOrder(bench.shop, 's', 1, { cancelled: true }));
    await bench.until('skipped', () => bench.routings().some(({ sourceId }) => sourceId === 's'));
    expect(bench.routings().find(({ sourceId }) => sourceId === 's')?.decisions).toMatchObject([
      { result: 'skipped', reasonCode: 'cancelled-before-import' },
    ]);
    await bench.addTarget('second');
    // The router knows of the new flow within moments, though not at once.
    const decisionsOn = (id: string) => bench.routings().find(({ sourceId }) => sourceId === id)?.decisions;
    let id = '';
    for (let number = 1; decisionsOn(id)?.length !== 2 && number <= 20; number += 1) {
      id = `n${number}`;
      await bench.publish(makeOrder(bench.shop, id, 1));
      await bench.until('routed', () => decisionsOn(id) !== undefined || outcomesOf(id).length > 0);
    }
    await bench.until('delivered to both', () => outcomesOf(id).length === 2);
    const partitions = bench.attempts().flatMap((attempt) => (attempt.sourceId === id ? [attempt.lane.partition] : []));
    expect(partitions.sort()).toEqual([0, 1]);
  });

  it('shares its lanes with another replica, and leaves nothing behind when one stops', async () => {
    const second = await bench.startReplica('two');
    const ids = Array.from({ length: 40 }, (_, index) => `r${index}`);
    for (const id of ids.slice(0, 20)) await bench.publish(makeOrder(bench.shop, id, 1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const id of ids.slice(20)) await bench.publish(makeOrder(bench.shop, id, 1));
    await second.stop();
    await bench.until('all told', () =>
      ids.every(
        (id) =>
          new Set(
            bench
              .attempts()
              .filter((each) => each.sourceId === id)
              .map((each) => each.to),
          ).size === 2,
      ),
    );
    for (const target of bench.allTargets()) {
      for (const id of ids) expect(target.documents.filter(({ ref }) => ref === `${bench.shop}/${id}`)).toHaveLength(1);
    }
    expect(bench.attempts().filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }, 60_000);
});
