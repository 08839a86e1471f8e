import type { Broker, BrokerOptions } from './broker-contract.ts';

/** Connects to Kafka. */
export declare function connectBroker(options: BrokerOptions): Promise<Broker>;
