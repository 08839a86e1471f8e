import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '@entrepot/embedded';
import type { ChildProgram } from '../harness/programs.ts';
import type { BenchServers } from '../harness/servers.ts';

/** The consumer group that Kafka Connect gives the connector. */
export const CONNECTOR_GROUP = 'connect-bench-sink';

/** @throws Error with Maven's reason when the jars are unavailable */
async function fetchJars(): Promise<string> {
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'entrepot',
    'bench-mongo-connector-2.0.1',
  );
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  const pom = join(import.meta.dirname, 'mongo-connector.pom.xml');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`];
  try {
    await promisify(execFile)('mvn', ['--batch-mode', '-q', '-f', pom, ...goal], { timeout: 120_000 });
    renameSync(partial, folder);
    return folder;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    const { stdout = '', message } = error as { stdout?: string; message: string };
    throw new Error(`the MongoDB Kafka connector cannot be fetched: ${(stdout || message).split('\n')[0]}`);
  }
}

/** Starts the MongoDB Kafka connector on one topic of JSON texts, two tasks, majority and journal as the ledger. */
export async function startMongoConnector(servers: BenchServers, topic: string): Promise<ChildProgram> {
  const jars = await fetchJars();
  const { kafkaBrokers, mongodbUri } = await servers.infra();
  const port = await findFreePort();
  const worker = join(servers.folder, 'worker.properties');
  const sink = join(servers.folder, 'sink.properties');
  const write = (file: string, lines: Record<string, string>) =>
    writeFileSync(
      file,
      Object.entries(lines)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
  const converter = 'org.apache.kafka.connect.storage.StringConverter';
  write(worker, {
    'bootstrap.servers': kafkaBrokers,
    'key.converter': converter,
    'value.converter': converter,
    'offset.storage.file.filename': join(servers.folder, 'connect.offsets'),
    'offset.flush.interval.ms': '500',
    'consumer.max.poll.records': '2000',
    listeners: `http://127.0.0.1:${port}`,
  });
  const [address, parameters = ''] = mongodbUri.split('?');
  const uri = `${address}?${parameters}&w=majority&journal=true`;
  write(sink, {
    name: 'bench-sink',
    'connector.class': 'com.mongodb.kafka.connect.MongoSinkConnector',
    'tasks.max': '2',
    topics: topic,
    'connection.uri': uri,
    database: 'bench',
    collection: 'connector',
    'document.id.strategy': 'com.mongodb.kafka.connect.sink.processor.id.strategy.KafkaMetaDataStrategy',
  });
  return servers.program({
    name: 'mongo-connector',
    command: 'java',
    args: ['-Xmx1g', '-cp', join(jars, '*'), 'org.apache.kafka.connect.cli.ConnectStandalone', worker, sink],
    cwd: servers.folder,
    logFile: join(servers.folder, 'logs', 'mongo-connector.log'),
    readyUrl: `http://127.0.0.1:${port}/connectors/bench-sink/status`,
  });
}
