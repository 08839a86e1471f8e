import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { boundLz4Frame } from './lz4-frame.ts';
import { readSnappyBlocks } from './snappy-blocks.ts';

/** Answers what a batch's records are when unpacked. Rejects when they would be more than `limit` bytes. */
export type Decompressor = (packed: Buffer, limit: number) => Promise<Buffer>;

const gunzipAsync = promisify(gunzip);
const zstdDecompressAsync = promisify(zstdDecompress);

/** By the number that a batch names (Kafka's CompressionType). kafkajs knows the first only, and unpacks it however large it gets. */
export const DECOMPRESSORS = new Map<number, { readonly name: string; readonly decompress: Decompressor }>([
  [1, { name: 'gzip', decompress: (packed, limit) => gunzipAsync(packed, { maxOutputLength: limit }) }],
  [2, { name: 'snappy', decompress: decompressSnappy }],
  [3, { name: 'lz4', decompress: decompressLz4 }],
  [4, { name: 'zstd', decompress: (packed, limit) => zstdDecompressAsync(packed, { maxOutputLength: limit }) }],
]);

/** Node raises it beyond `maxOutputLength`; we raise it where the size is known beforehand. */
export function isTooLargeUnpacked(error: unknown): boolean {
  return error instanceof RangeError && (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

export function refuseLarger(bytes: number, limit: number): void {
  if (bytes > limit)
    throw Object.assign(new RangeError(`${bytes} bytes unpacked`), { code: 'ERR_BUFFER_TOO_LARGE' as const });
}

// Native packages: loaded when a batch asks for them, so that a platform without them misses nothing else.

async function decompressSnappy(packed: Buffer, limit: number): Promise<Buffer> {
  const { blocks, unpackedBytes } = readSnappyBlocks(packed);
  refuseLarger(unpackedBytes, limit);
  const { uncompress } = await import('snappy');
  return Buffer.concat(
    await Promise.all(blocks.map(async (block) => (await uncompress(block, { asBuffer: true })) as Buffer)),
  );
}

async function decompressLz4(packed: Buffer, limit: number): Promise<Buffer> {
  refuseLarger(boundLz4Frame(packed), limit);
  const { decompressFrame } = await import('lz4-napi');
  return decompressFrame(packed);
}
