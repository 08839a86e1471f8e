import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import { expect, test } from 'vitest';
import { DECOMPRESSORS } from '../src/decode/decompress.ts';
import { decodeBatches, MAX_UNPACKED_BYTES } from '../src/decode/record-batches.ts';

const require = createRequire(import.meta.url);
// The other side of the protocol, by kafkajs: what is decoded here was not encoded by us.
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0');

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;
const RECORDS_AT = 61;

interface Given {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: Record<string, string>;
}

async function encode(firstOffset: number, records: readonly Given[]): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    firstOffset,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_000 + records.length,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value, headers }, index) =>
      encodeRecord({
        offsetDelta: index,
        timestampDelta: index,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers,
      }),
    ),
  });
  return buffer;
}

/** The same batch with its records as somebody compressed them. */
function pack(batch: Buffer, compression: number, compress: (records: Buffer) => Buffer): Buffer {
  return withRecords(batch, compress(batch.subarray(RECORDS_AT)), compression);
}

function withRecords(batch: Buffer, records: Buffer, compression = 0): Buffer {
  const head = Buffer.from(batch.subarray(0, RECORDS_AT));
  head.writeInt32BE(RECORDS_AT - 12 + records.length, 8);
  head.writeInt16BE(head.readInt16BE(21) | compression, 21);
  return Buffer.concat([head, records]);
}

/** As snappy-java writes it: its header, then blocks behind their lengths. */
function packXerial(records: Buffer): Buffer {
  const header = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const half = Math.ceil(records.length / 2);
  const blocks = [records.subarray(0, half), records.subarray(half)].flatMap((part) => {
    const block = compressSnappy(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([header, ...blocks]);
}

async function decode(...batches: readonly Buffer[]) {
  const messages = await decodeBatches(Buffer.concat(batches), { leftBytes: MAX_UNPACKED_BYTES });
  const mark = (messages.at(-1) as { undecodable?: { firstOffset: string; cause: string } } | undefined)?.undecodable;
  const records = (mark === undefined ? messages : messages.slice(0, -1)).map((message) => ({
    offset: Number(message.offset),
    time: Number(message.timestamp),
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
  }));
  return { records, offsets: records.map(({ offset }) => offset), mark };
}

const ORDERS: readonly Given[] = [
  { key: 'shop/1', value: 'first', headers: { ce_type: 'order', __proto__x: 'y' } },
  { key: null, value: null },
  { key: '', value: 'ü'.repeat(3_000) },
];

test.each<[string, number, (records: Buffer) => Buffer]>([
  ['gzip', GZIP, gzipSync],
  ['snappy as Java writes it', SNAPPY, packXerial],
  ['snappy as one block', SNAPPY, compressSnappy],
  ['lz4', LZ4, (records) => compressFrameSync(records)],
  ['lz4 with checksums', LZ4, (records) => compressFrameSync(records, { contentChecksum: true, blockChecksums: true })],
  ['zstd', ZSTD, zstdCompressSync],
])('%s is unpacked', async (_, compression, compress) => {
  const plain = await encode(40, ORDERS);
  const packed = await decode(pack(plain, compression, compress), await encode(43, [{ key: 'k', value: 'v' }]));
  expect(packed.mark).toBeUndefined();
  expect(packed.offsets).toEqual([40, 41, 42, 43]);
  expect(packed.records.slice(0, 3)).toEqual(
    ORDERS.map(({ key, value, headers = {} }, index) => ({
      offset: 40 + index,
      time: 1_700_000_000_000 + index,
      key,
      value,
      headers,
    })),
  );
});

test('what comes before a batch that cannot be decoded is handed over, what lies behind it is not', async () => {
  const sound = await encode(0, ORDERS);
  const unknown = pack(await encode(3, ORDERS), 5, (records) => records);
  const { offsets, mark } = await decode(sound, unknown, await encode(6, ORDERS));
  expect(offsets).toEqual([0, 1, 2]);
  expect(mark).toEqual({ firstOffset: '3', cause: 'its compression, number 5, is not known to this build' });
});

test('a build without a decoder says so', async () => {
  const zstd = DECOMPRESSORS.get(ZSTD);
  DECOMPRESSORS.delete(ZSTD);
  try {
    const { mark } = await decode(pack(await encode(0, ORDERS), ZSTD, zstdCompressSync));
    expect(mark?.cause).toContain('number 4');
  } finally {
    if (zstd !== undefined) DECOMPRESSORS.set(ZSTD, zstd);
  }
});

test.each<[string, number, (records: Buffer) => Buffer]>([
  ['gzip', GZIP, gzipSync],
  ['snappy', SNAPPY, packXerial],
  ['lz4', LZ4, (records) => compressFrameSync(records)],
  ['zstd', ZSTD, zstdCompressSync],
])('%s that unpacks to more than the bound is not unpacked', async (name, compression, compress) => {
  const large = withRecords(await encode(7, ORDERS), compress(Buffer.alloc(MAX_UNPACKED_BYTES + 65_536)), compression);
  const { mark } = await decode(large);
  expect(mark).toEqual({
    firstOffset: '7',
    cause: `it is larger than ${MAX_UNPACKED_BYTES} bytes when its ${name} is unpacked`,
  });
});

test('one answer unpacks no more than the bound, the rest comes with the next', async () => {
  const value = 'x'.repeat(1_000_000);
  const batches = await Promise.all(
    [0, 1, 2].map(async (offset) => pack(await encode(offset, [{ key: 'k', value }]), ZSTD, zstdCompressSync)),
  );
  const messages = await decodeBatches(Buffer.concat(batches), { leftBytes: 1_500_000 });
  expect(messages.map(({ offset }) => offset)).toEqual(['0', '1']);
});

test('more records than a batch can have are not believed', async () => {
  const batch = Buffer.from(await encode(0, ORDERS));
  batch.writeInt32BE(2_000_000_000, 57);
  expect((await decode(batch)).mark?.cause).toContain('2000000000 records');
});

test.each<[string, (batch: Buffer) => Buffer]>([
  ['a record too few', (batch) => withRecords(batch, batch.subarray(RECORDS_AT, -1))],
  [
    'bytes behind the records',
    (batch) => withRecords(batch, Buffer.concat([batch.subarray(RECORDS_AT), Buffer.from([0])])),
  ],
  ['a record format that is not known', (batch) => change(batch, (copy) => copy.writeInt8(3, 16))],
  ['a length that is none', (batch) => change(batch, (copy) => copy.writeInt32BE(-5, 8))],
])('%s: held, nothing is guessed', async (_, breakIt) => {
  const { offsets, mark } = await decode(await encode(0, ORDERS), breakIt(await encode(3, ORDERS)));
  expect(offsets).toEqual([0, 1, 2]);
  expect(mark?.firstOffset).toBe('3');
});

test('a batch that the fetch cut off is left for the next one', async () => {
  const { offsets, mark } = await decode(await encode(0, ORDERS), (await encode(3, ORDERS)).subarray(0, 200));
  expect(offsets).toEqual([0, 1, 2]);
  expect(mark).toBeUndefined();
});

/** Damage to one batch never reaches the one before it, throws, or runs on. */
test('whatever is damaged, decoding ends, and what came before is whole', async () => {
  const sound = await encode(0, ORDERS);
  const batches = await Promise.all([
    encode(3, ORDERS),
    encode(3, ORDERS).then((batch) => pack(batch, SNAPPY, packXerial)),
    encode(3, ORDERS).then((batch) => pack(batch, LZ4, (records) => compressFrameSync(records))),
    encode(3, ORDERS).then((batch) => pack(batch, ZSTD, zstdCompressSync)),
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...batches),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
      async (batch, changes) => {
        const damaged = change(batch, (copy) => {
          for (const [at, byte] of changes) copy.writeUInt8(byte, at % copy.length);
        });
        const { records } = await decode(sound, damaged);
        expect(records.slice(0, 3).map(({ value }) => value)).toEqual(ORDERS.map(({ value }) => value));
      },
    ),
    { numRuns: 2_000 },
  );
});

function change(batch: Buffer, act: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  act(copy);
  return copy;
}
