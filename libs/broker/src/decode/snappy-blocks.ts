/** What snappy-java writes before its blocks: eight bytes, then its version and the oldest that can read it. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export interface SnappyBlocks {
  readonly blocks: readonly Buffer[];
  /** What the blocks say that they are when unpacked; a block that says less than it has is refused by its decoder. */
  readonly unpackedBytes: number;
}

/**
 * The plain snappy blocks of a batch. Java's clients, and the broker itself, write snappy-java's framing (its SnappyOutputStream: blocks, each
 * behind its length), librdkafka and others one bare block.
 * @throws Error when a block is cut off
 */
export function readSnappyBlocks(packed: Buffer): SnappyBlocks {
  const blocks = packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC) ? splitXerial(packed) : [packed];
  return { blocks, unpackedBytes: blocks.reduce((sum, block) => sum + readUnpackedLength(block), 0) };
}

function splitXerial(packed: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at < packed.length) {
    const start = at + 4;
    const end = start <= packed.length ? start + packed.readUInt32BE(at) : Infinity;
    if (end > packed.length) throw new Error('a snappy block is cut off');
    blocks.push(packed.subarray(start, end));
    at = end;
  }
  return blocks;
}

/** A block begins with its unpacked length, 7 bits a byte, the lowest first (snappy's format_description.txt). */
function readUnpackedLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new Error('a snappy block does not tell its length');
}
