import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import type { SandboxVendor } from '../../src/demo/sandbox-control.ts';
import type { TestStack } from './test-stack.ts';

/** What was used, by what it was used of. */
export type Use = Readonly<Record<string, number>>;

export interface Costs {
  /** Requests to each vendor; a batch is one. */
  readonly vendorCalls: Use;
  /** Commands to the database, by collection; a write of several documents counts each. */
  readonly databaseCommands: Use;
  /** Records of Kafka, by topic. */
  readonly kafkaRecords: Use;
  /** What they take on the broker's disk, compressed as it is there. */
  readonly kafkaBytes: Use;
  /** Avro records decoded, by service. */
  readonly decodes: Use;
}

const VENDORS: readonly SandboxVendor[] = ['shopify', 'sap-b1'];
const PROFILE_BYTES = 64 * 2 ** 20;
/** Leases, positions and settings: written and looked at by the clock, with orders and without. */
const BY_THE_CLOCK = [
  'lanes',
  'budgets',
  'cursors',
  'connections',
  'flows',
  'serviceTroubles',
  'republications',
  'system',
];
/** Where a batch begins: its first offset, then its length; how many records it has. */
const BATCH_LENGTH_AT = 8;
const BATCH_HEAD_BYTES = 12;
const RECORD_COUNT_AT = 57;

/** Counts from now on. @returns what gives everything that was used since */
export async function meterCosts(test: TestStack): Promise<() => Promise<Costs>> {
  const client = await MongoClient.connect(test.stack.infra.mongodbUri, { directConnection: true });
  const db = client.db();
  await db.command({ profile: 0 });
  await db.dropCollection('system.profile').catch(() => false);
  await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  const before = { kafka: readLogs(test), decodes: await readDecodes(test) };
  for (const vendor of VENDORS) await test.control.delete(`${vendor}/requests`);
  await db.command({ profile: 2 });
  return async () => {
    await db.command({ profile: 0 });
    const [kafka, decodes] = [readLogs(test), await readDecodes(test)];
    const vendorCalls = Object.fromEntries(
      await Promise.all(VENDORS.map(async (vendor) => [vendor, await countCalls(test, vendor)] as const)),
    );
    const databaseCommands = await countCommands(db);
    await client.close();
    return {
      vendorCalls,
      databaseCommands,
      kafkaRecords: subtract(kafka.records, before.kafka.records),
      kafkaBytes: subtract(kafka.bytes, before.kafka.bytes),
      decodes: subtract(decodes, before.decodes),
    };
  };
}

async function countCalls(test: TestStack, vendor: SandboxVendor): Promise<number> {
  return (await test.control.get<{ items: unknown[] }>(`${vendor}/requests`)).items.length;
}

async function countCommands(db: Db): Promise<Use> {
  const counts = new Map<string, number>();
  for await (const entry of db.collection('system.profile').find()) {
    const { ns, op, command } = entry as unknown as ProfiledOperation;
    const collection = ns.slice(db.databaseName.length + 1);
    if (BY_THE_CLOCK.some((name) => collection.startsWith(name)) || !concernsRecords(op, command)) continue;
    counts.set(collection, (counts.get(collection) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

interface ProfiledOperation {
  readonly ns: string;
  readonly op: string;
  readonly command: { readonly filter?: object };
}

/** A write, or a look-up of something by its name. What asks for all that is due or open comes by the clock. */
function concernsRecords(op: string, { filter = {} }: ProfiledOperation['command']): boolean {
  const asked = JSON.stringify(filter);
  return (
    ['insert', 'update', 'remove'].includes(op) ||
    ['_id', 'sourceId', 'waitingKeys'].some((name) => asked.includes(`"${name}"`))
  );
}

/** Reads the broker's files: batch after batch, each telling its length and its records. */
function readLogs({ home }: TestStack): { readonly records: Use; readonly bytes: Use } {
  const folder = join(home, 'infra', 'kafka', 'log');
  const records = new Map<string, number>();
  const bytes = new Map<string, number>();
  for (const name of readdirSync(folder).filter((each) => /^entrepot\..*-\d+$/.test(each))) {
    const topic = name.slice(0, name.lastIndexOf('-'));
    for (const file of readdirSync(join(folder, name)).filter((each) => each.endsWith('.log'))) {
      const segment = readFileSync(join(folder, name, file));
      for (let at = 0; at + BATCH_HEAD_BYTES < segment.length; ) {
        const length = BATCH_HEAD_BYTES + segment.readInt32BE(at + BATCH_LENGTH_AT);
        records.set(topic, (records.get(topic) ?? 0) + segment.readInt32BE(at + RECORD_COUNT_AT));
        bytes.set(topic, (bytes.get(topic) ?? 0) + length);
        at += length;
      }
    }
  }
  return { records: Object.fromEntries(records), bytes: Object.fromEntries(bytes) };
}

async function readDecodes({ stack }: TestStack): Promise<Use> {
  const counts: Record<string, number> = {};
  for (const { name, operationsUrl } of stack.services.filter((service) => service.name !== 'sandbox')) {
    const text = await (await fetch(`${operationsUrl}/metrics`)).text();
    const lines = text.matchAll(/^entrepot_records_decoded_total\{[^}]*\} (\d+)/gm);
    counts[name] = [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  }
  return counts;
}

function subtract(after: Use, before: Use): Use {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}
