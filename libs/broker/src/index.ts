export { connectBroker } from './broker.ts';
export type * from './broker-contract.ts';
export { BROKER_CONFIG } from './config.ts';
export type * from './consumption.ts';
export { PublisherClosed, PublishUnavailable, RecordTooLarge, TopicUnknown } from './errors.ts';
export { tellHeld } from './held-partitions.ts';
export type * from './record.ts';
