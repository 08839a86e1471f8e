import type { Broker, OutgoingRecord } from '@entrepot/broker';
import type { TopicDeclaration } from '@entrepot/canonical';

export interface PreloadedTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly count: number;
  readonly config?: TopicDeclaration['config'];
}

const IN_FLIGHT = 5_000;

/** Creates a topic and fills it through the product's own publisher. */
export async function preload(
  broker: Broker,
  { topic, partitions, count, config = {} }: PreloadedTopic,
  recordAt: (index: number) => OutgoingRecord,
): Promise<void> {
  await broker.ensureTopics([{ name: topic, partitions, config }]);
  const publisher = await broker.publisher();
  for (let index = 0; index < count; ) {
    const sends: Promise<unknown>[] = [];
    for (; index < count && sends.length < IN_FLIGHT; index += 1) sends.push(publisher.send(topic, recordAt(index)));
    await Promise.all(sends);
  }
  await publisher.close();
}
