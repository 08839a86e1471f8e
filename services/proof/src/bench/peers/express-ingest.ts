import { createHmac, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { Kafka, logLevel } from 'kafkajs';

/** A first implementation: express, the signature, one kafkajs send a webhook. Runs in a process of its own. */
const { PEER_PORT, PEER_BROKERS = '', PEER_SECRET = '', PEER_TOPIC = '' } = process.env;

const kafka = new Kafka({ brokers: PEER_BROKERS.split(','), clientId: 'peer-ingest', logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic: PEER_TOPIC, numPartitions: 6 }], waitForLeaders: true });
await admin.disconnect();
const producer = kafka.producer();
await producer.connect();

const app = express();
app.get('/readyz', (_request, response) => void response.json({ ok: true }));
app.post('/webhooks/:connection', express.raw({ type: () => true, limit: '10mb' }), async (request, response) => {
  const body = request.body as Buffer;
  const given = Buffer.from(String(request.headers['x-shopify-hmac-sha256']), 'base64');
  const expected = createHmac('sha256', PEER_SECRET).update(body).digest();
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    response.status(401).end();
    return;
  }
  const { id } = JSON.parse(body.toString()) as { id: number };
  await producer.send({ topic: PEER_TOPIC, acks: -1, messages: [{ key: String(id), value: body }] });
  response.status(200).end();
});
app.listen(Number(PEER_PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
