import 'reflect-metadata';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { map, type Observable, timer } from 'rxjs';
import { beforeAll, expect, test } from 'vitest';
import type { BrokerRecord } from '../src/index.ts';
import { EntrepotServer, PassErrorsFilter, type RecordContext } from '../src/nest/index.ts';
import { makeName, openTestBroker, waitUntil } from './real-broker.ts';

const broker = await openTestBroker();
const orders = makeName('orders');
const stock = makeName('stock');

beforeAll(() => broker.ensureTopics([orders, stock].map((name) => ({ name, partitions: 2, config: {} }))), 30_000);

class Seen {
  readonly lines: string[] = [];
}

@Controller()
class OrdersController {
  private readonly seen: Seen;

  constructor(@Inject(Seen) seen: Seen) {
    this.seen = seen;
  }

  @EventPattern<string>(orders, { group: 'orders' })
  async take(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
    if (record.key === 'bad') throw new TypeError('cannot read this');
    this.seen.lines.push(`order ${record.key} ${context.signal.aborted} ${context.record === record}`);
  }

  @EventPattern<string>(stock, { group: 'stock' })
  count(@Payload() record: BrokerRecord): Observable<void> {
    return timer(50).pipe(map(() => void this.seen.lines.push(`stock ${record.key}`)));
  }
}

@Module({ controllers: [OrdersController], providers: [Seen] })
class TestModule {}

test('decorated handlers get records, bugs are reported with their own error, close commits', {
  timeout: 40_000,
}, async () => {
  const bugs: string[] = [];
  const onBug = async (record: BrokerRecord, error: unknown): Promise<void> =>
    void bugs.push(`${record.key} ${String(error)}`);
  const groups = { orders: { groupId: makeName('orders'), onBug }, stock: { groupId: makeName('stock'), onBug } };
  const server = new EntrepotServer({ broker, groups });
  const statuses: string[] = [];
  server.status.subscribe((status) => statuses.push(status));
  const app = await NestFactory.createMicroservice(TestModule, { strategy: server, logger: false });
  app.useGlobalFilters(new PassErrorsFilter());
  await app.listen();
  const publisher = await broker.publisher();
  const value = Buffer.from('x');
  for (const key of ['1', 'bad', '2']) await publisher.send(orders, { key, value });
  await publisher.send(stock, { key: 'sku', value });
  const seen = app.get(Seen);
  await waitUntil(() => seen.lines.length === 3 && bugs.length === 1);
  expect(seen.lines.toSorted()).toEqual(['order 1 false true', 'order 2 false true', 'stock sku']);
  expect(bugs).toEqual(['bad TypeError: cannot read this']);
  expect(server.consumption('orders').state().partitions).toHaveLength(2);
  await app.close();
  const committed = await broker.committedOffsets(groups.orders.groupId, orders);
  expect([...committed.values()].reduce((sum, offset) => sum + offset, 0n)).toBe(3n);
  expect(statuses.at(0)).toBe('starting');
  expect(statuses).toContain('consuming');
  expect(statuses.at(-1)).toBe('closed');
});

class Twice {
  @EventPattern<string>(orders)
  first(): void {}

  @EventPattern<string>(orders)
  second(): void {}
}
class Question {
  @MessagePattern<string>(orders)
  ask(): void {}
}
class Stranger {
  @EventPattern<string>(orders, { group: 'nobody' })
  take(): void {}
}
class Nothing {}

test.each([
  [Twice, 'has several handlers'],
  [Question, '@MessagePattern has nobody to answer to'],
  [Stranger, 'names the group nobody, which is not configured'],
  [Nothing, 'no @EventPattern handler is declared'],
])('does not start on unsound patterns: %o', async (controller, message) => {
  Controller()(controller);
  class Unsound {}
  Module({ controllers: [controller] })(Unsound);
  const server = new EntrepotServer({ broker, groups: { orders: { groupId: 'never', onBug: async () => undefined } } });
  const app = await NestFactory.createMicroservice(Unsound, { strategy: server, logger: false });
  await expect(app.listen()).rejects.toThrow(message);
});
