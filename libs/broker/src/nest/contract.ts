import type { Broker } from '../broker-contract.ts';
import type { ConsumptionOptions } from '../consumption.ts';

/**
 * How one group consumes: everything but its topics and handler, which the `@EventPattern(topic, {group})` methods give.
 * Handlers are `(@Payload() record: BrokerRecord, @Ctx() context: RecordContext) => Promise<void> | Observable<unknown>`.
 */
export type GroupOptions = Omit<ConsumptionOptions, 'groupId' | 'topics' | 'handler'> & {
  /** Kafka's consumer group id. */
  readonly groupId: string;
};

export interface EntrepotServerOptions {
  readonly broker: Broker;
  /** By the name that `@EventPattern(topic, { group: name })` gives; a pattern without a group belongs to the only one there is. */
  readonly groups: Readonly<Record<string, GroupOptions>>;
  /** Deadline of `close()`. Default 10 000. */
  readonly closeDeadlineMs?: number;
}
