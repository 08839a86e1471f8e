import { Kafka, logLevel } from 'kafkajs';

/** kafkajs as its manual shows it: no code between it and the handler. @returns stops it */
export async function consumeBare(
  brokers: string,
  topic: string,
  way: 'eachMessage' | 'eachBatch',
  seen: () => void,
): Promise<() => Promise<void>> {
  const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'peer', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${way}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run(
    way === 'eachMessage'
      ? { eachMessage: async () => seen() }
      : {
          eachBatch: async ({ batch, heartbeat }) => {
            for (const _message of batch.messages) seen();
            await heartbeat();
          },
        },
  );
  return async () => {
    await consumer.disconnect();
  };
}
