import type { BrokerRecord } from '@entrepot/broker';
import { RecordContext } from '@entrepot/broker/nest';
import { bulkLaneTopic, type EntityName, entityTopic, laneTopic } from '@entrepot/canonical';
import { Controller, type DynamicModule, Inject, Module, type Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type DeliverParts, deliverRecord } from '../delivery/deliver.ts';
import { type RouterParts, routeRecord } from '../router/route.ts';

export const ROUTER_PARTS = Symbol('router parts');
export const DELIVER_PARTS = Symbol('deliver parts');

/** Names of the consumer groups in the transport's options. */
export const ROUTER_GROUP = 'router';
export const LANE_GROUP = 'lanes';

/**
 * The Nest module of one consumer of a vendor's sink: its topics are known only with the vendor, so the controllers are made here.
 * Without entities it serves lanes alone.
 */
export function createSinkModule(
  vendor: string,
  entities: readonly EntityName[],
  router: RouterParts,
  deliver: DeliverParts,
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
    private readonly parts: DeliverParts;

    constructor(@Inject(DELIVER_PARTS) parts: DeliverParts) {
      this.parts = parts;
    }

    @EventPattern([laneTopic(vendor), bulkLaneTopic(vendor)], { group: LANE_GROUP })
    deliver(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
      return deliverRecord(this.parts, record, context.signal);
    }
  }
  return LaneController;
}
