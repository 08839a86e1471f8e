import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findFreePort, type InfraProgress, startInfra } from '../src/index.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'entrepot-infra-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('starts nothing that the environment names', async () => {
  const heard: InfraProgress[] = [];
  const env = { KAFKA_BROKERS: 'k:1', MONGODB_URI: 'mongodb://m', SCHEMA_REGISTRY_URL: 'http://r' };
  const infra = await startInfra({ dataDir, env, onProgress: (progress) => heard.push(progress) });
  expect(infra).toMatchObject({
    kafkaBrokers: 'k:1',
    mongodbUri: 'mongodb://m',
    registryUrl: 'http://r',
    parts: [],
  });
  expect(heard.map(({ phase }) => phase)).toEqual(['given', 'given', 'given']);
  await infra.stop();
});

it('starts nothing at all when one port is busy, and says which', async () => {
  const port = await findFreePort();
  const server = await new Promise<Server>((resolve) => {
    const opened = createServer().listen(port, '127.0.0.1', () => resolve(opened));
  });
  await expect(startInfra({ dataDir, env: {}, ports: { registry: port } })).rejects.toThrow(
    `Port ${port} for schema registry is taken by another process`,
  );
  server.close();
});

it('keeps MongoDB data over a restart on another port, as a replica set that takes writes', async () => {
  const { MongoClient } = await import('mongodb');
  const first = await startInfra({ dataDir, env: {}, only: ['mongo'] });
  const writer = await MongoClient.connect(first.mongodbUri);
  await writer
    .db()
    .collection('kept')
    .insertOne({ note: 'still here' }, { writeConcern: { w: 'majority', j: true } });
  await writer.close();
  await first.stop();

  const second = await startInfra({ dataDir, env: {}, only: ['mongo'] });
  expect(second.mongodbUri).not.toBe(first.mongodbUri);
  const reader = await MongoClient.connect(second.mongodbUri);
  expect(
    await reader
      .db()
      .collection('kept')
      .findOne({}, { projection: { _id: 0 } }),
  ).toEqual({ note: 'still here' });
  await reader.db().collection('kept').insertOne({ note: 'and writable' });
  await reader.close();
  await second.stop();
  expect(second.parts.every((part) => !part.child().isRunning())).toBe(true);
});
