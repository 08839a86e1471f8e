import { NotAvro } from './errors.ts';

const MAGIC = 0;
const HEADER_BYTES = 5;

/** Puts Confluent's frame before an Avro body: 0x00, then the schema id in four bytes, big-endian. */
export function frameRecord(schemaId: number, body: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  framed[0] = MAGIC;
  framed.writeInt32BE(schemaId, 1);
  body.copy(framed, HEADER_BYTES);
  return framed;
}

/**
 * Takes Confluent's frame off.
 * @throws NotAvro when the first byte is not 0x00, or there are not even the five bytes of the frame, or no id of a schema in them
 */
export function unframeRecord(record: Buffer): { schemaId: number; body: Buffer } {
  if (record.length === 0) throw new NotAvro('The record is empty: a tombstone or not a record of ours.');
  if (record[0] !== MAGIC)
    throw new NotAvro(
      `The record begins with byte 0x${record[0]!.toString(16).padStart(2, '0')} instead of 0x00: it is not Avro in Confluent framing. Look at who wrote to this topic.`,
    );
  if (record.length < HEADER_BYTES)
    throw new NotAvro(`The record has ${record.length} bytes: too few for the five of Confluent's frame.`);
  const schemaId = record.readInt32BE(1);
  if (schemaId < 1)
    throw new NotAvro(`The record names schema ${schemaId}: ids begin with 1. Look at who wrote to this topic.`);
  return { schemaId, body: record.subarray(HEADER_BYTES) };
}
