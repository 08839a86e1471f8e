import type { Broker, BrokerRecord, TopicPartition } from '@entrepot/broker';
import { EntrepotServer, type GroupOptions, PassErrorsFilter, RecordContext } from '@entrepot/broker/nest';
import {
  bulkLaneTopic,
  type EntityName,
  entityTopic,
  laneGroupId,
  laneTopic,
  routerGroupId,
} from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { MAX_CONCURRENCY, type VendorLog } from '@entrepot/vendor-kit';
import { Controller, type DynamicModule, type INestMicroservice, Inject, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { handleLaneRecord, type LaneRecordParts } from '../delivery/deliver.ts';
import { reportBug, settleConflated } from '../delivery/without-attempt.ts';
import { LaneKeys, type Lanes, latestWinsKey } from '../lane/lanes.ts';
import { type RouterParts, reportUnroutable, routeRecord, routerKey } from '../router/route.ts';

/** A consumer with more lane partitions than this gets slower for all of them. */
const LANES_PER_CONSUMER = 32;

export interface SinkConsumersParts {
  readonly vendor: string;
  readonly entities: readonly EntityName[];
  readonly broker: Broker;
  readonly router: RouterParts;
  readonly deliver: LaneRecordParts;
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

function describeLaneGroup(consumer: number, { vendor, deliver, lanes, trimmer }: SinkConsumersParts): GroupOptions {
  // Deliveries that wait (at a held lane's gate, in doubt) take a place: there must be enough for those that can work.
  const maxConcurrentPerPartition = MAX_CONCURRENCY * 2;
  const keys = new LaneKeys();
  const partitionsOf = (list: readonly TopicPartition[]): number[] =>
    list.flatMap(({ topic, partition }) => (topic === laneTopic(vendor) ? [partition] : []));
  return {
    groupId: laneGroupId(vendor),
    keyOf: (record) => `${record.topic === bulkLaneTopic(vendor) ? 'bulk' : 'live'}|${keys.keyOf(record)}`,
    latestWins: latestWinsKey,
    onConflated: (record, by, signal) => settleConflated(deliver, record, by, signal),
    onBug: (record, error) => reportBug(deliver, record, error),
    // Bulk can wait two seconds; left in every fetch, it would double what a fetch of many connections costs.
    restingTopics: [bulkLaneTopic(vendor)],
    limits: { maxConcurrentPerPartition, maxConcurrent: maxConcurrentPerPartition * 2 * LANES_PER_CONSUMER },
    onAssigned: (assigned, lost) => {
      for (const { topic, partition } of lost) keys.lost(topic, partition);
      lanes.assign(consumer, partitionsOf(assigned), partitionsOf(lost));
    },
    onRevoked: (lost) => lanes.lose(consumer, partitionsOf(lost)),
    onCommitted: (topic, partition, offset) => {
      keys.committed(topic, partition, offset);
      trimmer.committed(topic, partition, offset);
    },
  };
}

const ROUTER_PARTS = Symbol('router parts');
const DELIVER_PARTS = Symbol('deliver parts');

/** Names of the consumer groups in the transport's options. */
const ROUTER_GROUP = 'router';
const LANE_GROUP = 'lanes';

/**
 * The Nest module of one consumer of a vendor's sink: its topics are known only with the vendor, so the controllers are made here.
 * Without entities it serves lanes alone.
 */
function createSinkModule(
  vendor: string,
  entities: readonly EntityName[],
  router: RouterParts,
  deliver: LaneRecordParts,
): DynamicModule {
  @Module({})
  class SinkModule {}
  return {
    module: SinkModule,
    controllers: [...(entities.length === 0 ? [] : [createRouterController(entities)]), createLaneController(vendor)],
    providers: [
      { provide: ROUTER_PARTS, useValue: router },
      { provide: DELIVER_PARTS, useValue: deliver },
    ],
  };
}

function createRouterController(entities: readonly EntityName[]): Type {
  @Controller()
  class RouterController {
    private readonly parts: RouterParts;

    constructor(@Inject(ROUTER_PARTS) parts: RouterParts) {
      this.parts = parts;
    }

    @EventPattern(entities.map(entityTopic), { group: ROUTER_GROUP })
    route(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
      return routeRecord(this.parts, record, context.signal);
    }
  }
  return RouterController;
}

function createLaneController(vendor: string): Type {
  @Controller()
  class LaneController {
    private readonly parts: LaneRecordParts;

    constructor(@Inject(DELIVER_PARTS) parts: LaneRecordParts) {
      this.parts = parts;
    }

    @EventPattern([laneTopic(vendor), bulkLaneTopic(vendor)], { group: LANE_GROUP })
    deliver(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
      return handleLaneRecord(this.parts, record, context.signal);
    }
  }
  return LaneController;
}

const TRIM_EVERY_MS = 60_000;

/**
 * Deletes lane records below the commit, now and then: lanes are kept until delivered (`retention.ms=-1`), so nothing else would.
 * Failing does no harm; the next round tries again.
 */
export class LaneTrimmer {
  /** Topic → partition → what was committed last. */
  readonly #due = new Map<string, Map<number, bigint>>();
  readonly #broker: Pick<Broker, 'deleteRecordsBelow'>;
  readonly #log: VendorLog;

  constructor(broker: Pick<Broker, 'deleteRecordsBelow'>, log: VendorLog) {
    this.#broker = broker;
    this.#log = log;
  }

  committed(topic: string, partition: number, offset: bigint): void {
    const offsets = this.#due.get(topic) ?? new Map<number, bigint>();
    this.#due.set(topic, offsets.set(partition, offset));
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TRIM_EVERY_MS, signal).catch(() => {});
      if (!signal.aborted) await this.trim();
    }
  }

  async trim(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const [topic, offsets] of due) {
      try {
        await this.#broker.deleteRecordsBelow(topic, offsets);
      } catch (error) {
        this.#log.warn({ topic, partitions: offsets.size, err: error }, 'delivered lane records could not be deleted');
        this.#putBack(topic, offsets);
      }
    }
  }

  /** For the next round: a lane that commits nothing more would never be named again. */
  #putBack(topic: string, offsets: ReadonlyMap<number, bigint>): void {
    this.#due.set(topic, new Map([...offsets, ...(this.#due.get(topic) ?? [])]));
  }
}
