// Of "LZ4 Frame Format Description" 1.6.4.
const MAGIC = 0x184d2204;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY_ID = 0x01;
const STORED_AS_IT_IS = 0x80000000;
const CUT_OFF = 'its LZ4 frame is cut off';
/** By the number in the header. */
const BLOCK_MAX_BYTES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };

/**
 * How many bytes a frame can be at most when unpacked. Its decoder has no limit of its own; the size of a block is known before it is unpacked, and all
 * but the last are full in what clients and brokers write, so that the bound is close.
 * @throws Error when it is no LZ4 frame, or ends in the middle
 */
export function boundLz4Frame(packed: Buffer): number {
  if (packed.length < 7 || packed.readUInt32LE(0) !== MAGIC) throw new Error('it does not begin as an LZ4 frame');
  const flags = packed.readUInt8(4);
  const blockMaxBytes = BLOCK_MAX_BYTES[(packed.readUInt8(5) >> 4) & 7];
  if (blockMaxBytes === undefined) throw new Error('its LZ4 frame names no block size');
  const checksumBytes = (flags & HAS_BLOCK_CHECKSUMS) === 0 ? 0 : 4;
  let at = 7 + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & HAS_DICTIONARY_ID) === 0 ? 0 : 4);
  if (at > packed.length) throw new Error(CUT_OFF);
  let bound = 0;
  const told = (flags & HAS_CONTENT_SIZE) === 0 ? 0 : Number(packed.readBigUInt64LE(6));
  for (;;) {
    if (at + 4 > packed.length) throw new Error(CUT_OFF);
    const size = packed.readUInt32LE(at);
    if (size === 0) break;
    const isStored = size >= STORED_AS_IT_IS;
    const bytes = isStored ? size - STORED_AS_IT_IS : size;
    bound += isStored ? bytes : blockMaxBytes;
    at += 4 + bytes + checksumBytes;
  }
  // A decoder would take another frame for more of the same, and that one is not counted.
  const end = at + 4 + ((flags & HAS_CONTENT_CHECKSUM) === 0 ? 0 : 4);
  if (end !== packed.length)
    throw new Error(end > packed.length ? CUT_OFF : 'bytes are left over behind its LZ4 frame');
  return Math.max(bound, told);
}
