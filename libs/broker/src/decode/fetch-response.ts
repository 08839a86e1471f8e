import Decoder from 'kafkajs/src/protocol/decoder.js';
import fetchResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { type DecodedMessage, decodeBatches, MAX_UNPACKED_BYTES, type UnpackBudget } from './record-batches.ts';

/*
 * kafkajs 2.2.4 decodes an answer whole or not at all: one batch that it cannot read (zstd, snappy, lz4, a broken one) ends its consumer, and so
 * the reading of all other partitions. Here each partition stands for itself. Version 11 is what kafkajs speaks with any broker since Kafka 2.3.
 */
fetchResponse.decode = decodeFetchResponse;

interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly preferredReadReplica: number;
  readonly messages: readonly DecodedMessage[];
}

async function decodeFetchResponse(raw: Buffer): Promise<unknown> {
  const decoder = new Decoder(raw);
  const budget = { leftBytes: MAX_UNPACKED_BYTES };
  // kafkajs waits by the second of these itself; Kafka does not answer late on top of that (KIP-219).
  const head = {
    throttleTime: 0,
    clientSideThrottleTime: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    sessionId: decoder.readInt32(),
  };
  const responses: { topicName: string | null; partitions: FetchedPartition[] }[] = [];
  for (let topics = decoder.readInt32(); topics > 0; topics -= 1) {
    const topic = { topicName: decoder.readString(), partitions: [] as FetchedPartition[] };
    for (let partitions = decoder.readInt32(); partitions > 0; partitions -= 1)
      topic.partitions.push(await readPartition(decoder, budget));
    responses.push(topic);
  }
  return { ...head, responses };
}

async function readPartition(decoder: Decoder, budget: UnpackBudget): Promise<FetchedPartition> {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
    abortedTransactions: decoder.readArray((each) => ({
      producerId: each.readInt64().toString(),
      firstOffset: each.readInt64().toString(),
    })),
    preferredReadReplica: decoder.readInt32(),
  };
  const size = decoder.readInt32();
  const messages = size > 0 ? await decodeBatches(decoder.readBytes(size), budget) : [];
  return { ...head, messages };
}
