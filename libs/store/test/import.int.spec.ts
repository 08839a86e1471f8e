import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidSettings, type Store } from '../src/index.ts';
import { breakWriteAt } from './break-writes.ts';
import { prepareTestStores, testKeyText } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;

const before = `format: 2
connections:
  - { id: shop, label: Shop, vendor: testshop, settings: { domain: demo.test }, secrets: { accessToken: tok-123 } }
  - { id: erp, label: ERP, vendor: testerp, settings: { company: DEMO }, secrets: { password: pw-123, pin: '1' } }
flows:
  - { entity: order, from: shop, to: erp }
`;
/** Changes, creates and keeps something of each kind. */
const after = `format: 2
connections:
  - { id: shop, label: Renamed, vendor: testshop, settings: { domain: new.test } }
  - { id: erp, label: ERP, vendor: testerp, settings: { company: LIVE }, secrets: { pin: '2' } }
  - { id: erp-2, label: Second, vendor: testerp, settings: { company: TWO }, secrets: { password: pw-456 } }
flows:
  - { entity: order, from: shop, to: erp, active: false }
  - { entity: customer, from: shop, to: erp }
  - { entity: order, from: shop, to: erp-2 }
`;

beforeAll(async () => {
  store = await stores.open();
  await store.configuration.importYaml(before);
});
afterAll(() => stores.dropAndClose());

async function readAll(): Promise<unknown> {
  const names = ['connections', 'flows', 'counters'];
  const read = async (name: string) => store.mongoose.collection(name).find().sort({ _id: 1 }).toArray();
  return Promise.all(names.map(read));
}

async function killAt(position: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [new URL('./killed-import.ts', import.meta.url).pathname], {
    env: {
      ...process.env,
      DATABASE: stores.database,
      MASTER_KEY: testKeyText,
      FILE: after,
      POSITION: String(position),
    },
    stdio: 'inherit',
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

/** Of the killed process; the tests beside this one keep theirs. */
async function endLeftTransaction(): Promise<void> {
  const admin = store.mongoose.getClient().db('admin');
  const stages = [
    { $currentOp: { allUsers: true, idleSessions: true } },
    { $match: { 'transaction.parameters.autocommit': false } },
  ];
  const left = await admin.aggregate(stages, { readConcern: { level: 'local' } }).toArray();
  // An empty list would mean everybody's.
  if (left.length > 0) await admin.command({ killAllSessionsByPattern: left.map(({ lsid }) => ({ lsid })) });
}

describe('an import', () => {
  it('is refused whole for secrets that do not fit together, before anything is written', async () => {
    const stored = await readAll();
    const wrong = after.replace("secrets: { pin: '2' }", 'secrets: { password: null }');
    const error = await store.configuration.importYaml(wrong).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidSettings);
    expect((error as InvalidSettings).problems.map(({ path }) => path)).toEqual(['connections[1].secrets.password']);
    expect(await readAll()).toEqual(stored);
  });

  it('leaves nothing behind, at whichever write it fails', async () => {
    const stored = await readAll();
    let position = 0;
    let failed = true;
    while (failed) {
      position += 1;
      let wasHit = false;
      const restore = breakWriteAt(position, () => {
        wasHit = true;
        throw new mongo.MongoError('the database is gone');
      });
      const outcome = await store.configuration.importYaml(after).catch((error: Error) => error.message);
      restore();
      failed = wasHit;
      if (!wasHit) {
        expect(outcome).toEqual({
          created: ['erp-2', 'customer:shop:erp', 'order:shop:erp-2'],
          updated: ['shop', 'erp', 'order:shop:erp'],
          unchanged: [],
          converted: [],
        });
        continue;
      }
      expect(outcome).toBe('the database is gone');
      expect(await readAll()).toEqual(stored);
    }
    // Three connections, what is left of credentials under the new one's id, three flows, a lane partition (a number, and where it is
    // noted), and the commit.
    expect(position - 1).toBe(10);
    expect((await store.connections.open('erp')).secrets).toEqual({ password: 'pw-123', pin: '2' });
    expect((await store.connections.get('erp-2'))?.lanePartition).toEqual(expect.any(Number));
  });

  it('leaves nothing behind when its process is killed', async () => {
    for (const flow of await store.flows.list()) await store.flows.remove(flow.id, flow.revision);
    for (const { id, revision } of await store.connections.list()) await store.connections.remove(id, revision);
    await store.configuration.importYaml(before);
    const stored = await readAll();
    // Before the first write, in the middle, and right before the commit; a transaction that nobody ends blocks the next one's writes.
    for (const position of [1, 5, 10]) {
      expect(await killAt(position)).toBe('SIGKILL');
      expect(await readAll()).toEqual(stored);
      await endLeftTransaction();
    }
    expect(await killAt(11)).toBeNull();
    expect(await store.connections.get('erp-2')).toMatchObject({ label: 'Second' });
  }, 60_000);
});
