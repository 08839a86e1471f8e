import 'reflect-metadata';
import { createServer } from 'node:http';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import axios from 'axios';

/**
 * A TypeScript team's first implementation: the stock Kafka transport, one HTTP call a message. Runs in a process of its own. Decorators
 * are called as functions, because node runs this file with its types stripped.
 */
const { PEER_PORT, PEER_BROKERS = '', PEER_TOPIC = '', PEER_TARGET = '' } = process.env;

async function logIn(): Promise<string> {
  const { data } = await axios.post<{ SessionId: string }>(`${PEER_TARGET}/Login`, {
    CompanyDB: 'SBODEMO',
    UserName: 'manager',
    Password: 'sandbox',
  });
  return `B1SESSION=${data.SessionId}`;
}
const cookie = await logIn();

class OrderSink {
  async write(order: { admin_graphql_api_id: string }): Promise<void> {
    await axios.post(
      `${PEER_TARGET}/Orders`,
      {
        CardCode: 'C-WEB',
        DocDueDate: '2026-12-31',
        U_EntrepotRef: `shop/${order.admin_graphql_api_id.split('/').at(-1)}`,
        DocumentLines: [{ ItemCode: 'A00001', Quantity: 1, UnitPrice: 300 }],
      },
      { headers: { cookie } },
    );
  }
}
const write = Object.getOwnPropertyDescriptor(OrderSink.prototype, 'write') as PropertyDescriptor;
EventPattern(PEER_TOPIC)(OrderSink.prototype, 'write', write);
Payload()(OrderSink.prototype, 'write', 0);
Controller()(OrderSink);
class PeerModule {}
Module({ controllers: [OrderSink] })(PeerModule);

const app = await NestFactory.createMicroservice<MicroserviceOptions>(PeerModule, {
  transport: Transport.KAFKA,
  options: { client: { brokers: PEER_BROKERS.split(',') }, consumer: { groupId: 'peer-sink' } },
  logger: ['error'],
});
await app.listen();
const server = createServer((_request, response) => response.end('ok'));
server.listen(Number(PEER_PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
