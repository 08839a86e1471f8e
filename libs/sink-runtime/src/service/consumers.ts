import type { Broker, TopicPartition } from '@entrepot/broker';
import { EntrepotServer, type GroupOptions, PassErrorsFilter } from '@entrepot/broker/nest';
import { bulkLaneTopic, type EntityName, laneGroupId, laneTopic, routerGroupId } from '@entrepot/canonical';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { type DeliverParts, reportBug } from '../delivery/deliver.ts';
import type { Lanes } from '../lane/lanes.ts';
import { type RouterParts, reportUnroutable, routerKey } from '../router/route.ts';
import { laneKey, latestWinsKey, settleConflated } from './conflate.ts';
import { createSinkModule, LANE_GROUP, ROUTER_GROUP } from './controllers.ts';
import type { LaneTrimmer } from './trim.ts';

/** A consumer with more lane partitions than this gets slower for all of them. */
const LANES_PER_CONSUMER = 32;

export interface SinkConsumersParts {
  readonly vendor: string;
  readonly entities: readonly EntityName[];
  /** Maximum of concurrent requests against one connection. */
  readonly maxConcurrency: number;
  readonly broker: Broker;
  readonly router: RouterParts;
  readonly deliver: DeliverParts;
  readonly lanes: Lanes;
  readonly trimmer: LaneTrimmer;
  /** So many, whatever the number of lanes; null: by that number. */
  readonly fixedCount: number | null;
  readonly stopDeadlineMs: number;
}

/** The Kafka consumers of a sink: the first reads entities and lanes, more for lanes alone join as connections are added. */
export class SinkConsumers {
  readonly #parts: SinkConsumersParts;
  readonly #services: INestMicroservice[] = [];
  #growing: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(parts: SinkConsumersParts) {
    this.#parts = parts;
  }

  /**
   * Starts as many as this number of lanes needs; never fewer than there are.
   * @throws when one cannot be started; those before it serve on, and it may be called again
   */
  growTo(lanes: number): Promise<void> {
    const count = this.#parts.fixedCount ?? Math.max(1, Math.ceil(lanes / LANES_PER_CONSUMER));
    this.#growing = this.#growing
      .catch(() => {})
      .then(async () => {
        while (!this.#stopping && this.#services.length < count) {
          this.#services.push(await this.#startService(this.#services.length));
        }
      });
    return this.#growing;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#growing.catch(() => {});
    await Promise.all(this.#services.map((service) => service.close()));
  }

  async #startService(consumer: number): Promise<INestMicroservice> {
    const { vendor, entities, broker, router, deliver, stopDeadlineMs } = this.#parts;
    const routes = consumer === 0;
    const strategy = new EntrepotServer({
      broker,
      groups: {
        ...(routes ? { [ROUTER_GROUP]: describeRouterGroup(router) } : {}),
        [LANE_GROUP]: describeLaneGroup(consumer, this.#parts),
      },
      closeDeadlineMs: stopDeadlineMs,
    });
    const module = createSinkModule(vendor, routes ? entities : [], router, deliver);
    const service = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
      strategy,
      logger: false,
      abortOnError: false,
    });
    service.useGlobalFilters(new PassErrorsFilter());
    try {
      await service.listen();
    } catch (error) {
      // A group may have begun to consume before the other failed: the next try must not join beside it.
      await service.close().catch(() => {});
      throw error;
    }
    return service;
  }
}

function describeRouterGroup(parts: RouterParts): GroupOptions {
  return {
    groupId: routerGroupId(parts.vendor),
    keyOf: routerKey,
    onBug: (record, error) => reportUnroutable(parts, record, error),
  };
}

function describeLaneGroup(
  consumer: number,
  { vendor, deliver, lanes, trimmer, maxConcurrency }: SinkConsumersParts,
): GroupOptions {
  // Deliveries that wait (at a held lane's gate, in doubt) take a place: there must be enough for those that can work.
  const maxConcurrentPerPartition = Math.max(64, maxConcurrency * 2);
  const partitionsOf = (list: readonly TopicPartition[]): number[] =>
    list.flatMap(({ topic, partition }) => (topic === laneTopic(vendor) ? [partition] : []));
  return {
    groupId: laneGroupId(vendor),
    keyOf: (record) => `${record.topic === bulkLaneTopic(vendor) ? 'bulk' : 'live'}|${laneKey(record)}`,
    latestWins: latestWinsKey,
    onConflated: (record, by, signal) => settleConflated(deliver, record, by, signal),
    onBug: (record, error) => reportBug(deliver, record, error),
    // Bulk can wait two seconds; left in every fetch, it would double what a fetch of many connections costs.
    restingTopics: [bulkLaneTopic(vendor)],
    limits: { maxConcurrentPerPartition, maxConcurrent: maxConcurrentPerPartition * 2 * LANES_PER_CONSUMER },
    onAssigned: (assigned, lost) => lanes.assign(consumer, partitionsOf(assigned), partitionsOf(lost)),
    onRevoked: (lost) => lanes.lose(consumer, partitionsOf(lost)),
    onCommitted: (topic, partition, offset) => trimmer.committed(topic, partition, offset),
  };
}
