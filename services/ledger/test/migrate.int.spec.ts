import { randomUUID } from 'node:crypto';
import { openMigrations } from '@entrepot/store';
import { createConnection } from 'mongoose';
import { afterAll, expect, it } from 'vitest';
import { runMigrate } from '../src/migrate/run-migrate.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';

const uri = new URL(process.env.MONGODB_URI ?? '');
uri.pathname = `/ledger-${randomUUID().slice(0, 8)}`;
const connection = await createConnection(uri.href).asPromise();
const migrations = await openMigrations(uri.href, LEDGER_COLLECTIONS);
afterAll(async () => {
  await migrations.close();
  await connection.dropDatabase();
  await connection.close();
});

async function run(planOnly: boolean): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await runMigrate(migrations, planOnly, new AbortController().signal, (line) => lines.push(line));
  return { code, lines };
}

it('tells what it would do, then does it and tells so, then finds nothing to do', async () => {
  await connection.collection('connections').insertOne({ _id: 'shop' as never, vendor: 'shopify' });
  const planned = 'connections to version 2: writes out the fields that 0.1.0 does not know (1 documents to look at)';
  const thereafter = 'connections to version 3: gives what has no tenant to the default one (1 documents to look at)';
  expect(await run(true)).toEqual({ code: 0, lines: [planned, thereafter] });
  expect(await connection.collection('schema').countDocuments()).toBe(0);
  const { code, lines } = await run(false);
  expect(code).toBe(0);
  expect(lines.slice(0, 2)).toEqual([planned, thereafter]);
  expect(lines.filter((line) => line.includes(' has version '))).toEqual([
    '  connections has version 2',
    '  connections has version 3',
  ]);
  expect(await run(true)).toEqual({
    code: 0,
    lines: ['The stored data is of this release: nothing is to be migrated.'],
  });
});

it('refuses the data of a newer release', async () => {
  const ofNewer = { $set: { version: 9 } };
  await connection.collection('schema').updateOne({ _id: 'links' as never }, ofNewer, { upsert: true });
  const { code, lines } = await run(false);
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(/links has version 9, not 1\n.*restore the database/s);
});
