import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fetchWithMaven, PINS_DIR } from '../downloads/maven.ts';
import { findJava, runTool } from '../downloads/tools.ts';
import { InfraError } from '../errors.ts';
import { spawnOwned, waitUntilReady } from '../processes/child.ts';
import { findFreePort } from '../processes/ports.ts';
import { openClassArchive } from './class-archive.ts';
import type { KafkaListener, PartContext, RunningPart } from './part.ts';

/** Long: on a busy machine a start after a kill may take a minute, and ending it then would only begin it anew. */
const START_TIMEOUT_MS = 120_000;
/** Beyond the largest that ENTREPOT_MAX_RECORD_BYTES may be, so that the setting alone decides; topics carry limits of their own. */
const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;

/** One node is broker and controller; every topic has one replica, so nothing waits for a second node. */
function describeBroker(
  logDir: string,
  port: number,
  controllerPort: number,
  further: readonly KafkaListener[],
): string {
  const named = further.map((listener, index) => ({ ...listener, name: `FURTHER${index + 1}` }));
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      `CONTROLLER://127.0.0.1:${controllerPort}`,
      ...named.map((listener) => `${listener.name}://127.0.0.1:${listener.port}`),
    ].join(','),
    'advertised.listeners': [
      `PLAINTEXT://127.0.0.1:${port}`,
      ...named.map((listener) => `${listener.name}://127.0.0.1:${listener.advertisedPort}`),
    ].join(','),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...named.map((listener) => listener.name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'log.dirs': logDir,
    // Topics come from the catalogue; a misspelt name must be an error, not a new topic.
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'message.max.bytes': LARGEST_RECORD_BYTES,
    'replica.fetch.max.bytes': LARGEST_RECORD_BYTES,
    // Consumers of a machine come up one after another; waiting for more of them only delays the first record.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // There is no other node to hand leadership to: stop immediately.
    'controlled.shutdown.enable': false,
    // A broker that died is let in again only when its old session has run out: 9 s of nothing where there is no other node.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'log.index.size.max.bytes': 2 * 1024 * 1024,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Asks the broker for the protocol versions it speaks, the first request of every client. */
function isKafkaAnswering(port: number, timeoutMs = 2_000): Promise<boolean> {
  const header = Buffer.from([0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(header.length);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([length, header])));
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('data', (answer) =>
      finish(answer.length >= 10 && answer.readInt32BE(4) === 7 && answer.readInt16BE(8) === 0),
    );
  });
}

async function formatStorage(java: string, classPath: string, config: string, logDir: string): Promise<void> {
  if (existsSync(join(logDir, 'meta.properties'))) return;
  // 16 bytes in base64url; the first one is 0, because an id that began with "-" would be taken for an option.
  const clusterId = Buffer.concat([Buffer.alloc(1), randomBytes(15)]).toString('base64url');
  const { code, output } = await runTool(java, [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    clusterId,
    '--config',
    config,
  ]);
  if (code !== 0)
    throw new InfraError(
      'childDied',
      `Kafka's storage in ${logDir} cannot be formatted: ${output.trim().split('\n').at(-1)}`,
    );
}

/**
 * Starts Apache Kafka: KRaft, one node.
 * @throws InfraError when Java or Maven is missing, the download fails, or the broker does not come up
 */
export async function startKafka(context: PartContext): Promise<RunningPart> {
  const java = await findJava();
  const libs = await fetchKafka(context.onProgress);
  context.onProgress('starting');
  mkdirSync(context.dataDir, { recursive: true });
  const logDir = join(context.dataDir, 'log');
  const config = join(context.dataDir, 'server.properties');
  writeFileSync(config, describeBroker(logDir, context.port, await findFreePort(), context.kafkaListeners));
  const classPath = join(libs, '*');
  await formatStorage(java.command, classPath, config, logDir);
  const archive = openClassArchive(libs, java);
  const started = await spawnOwned(
    {
      name: 'Kafka',
      command: java.command,
      args: [
        '-Xms128m',
        '-Xmx512m',
        // Here a broker lives for minutes: the second compiler would cost a start more than it ever gives back.
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        ...archive.options,
        `-Dlog4j2.configurationFile=${join(PINS_DIR, 'kafka.log4j2.properties')}`,
        '-cp',
        classPath,
        'kafka.Kafka',
        config,
      ],
      cwd: context.dataDir,
      logFile: join(context.logDir, 'kafka.log'),
    },
    context.reaper,
  );
  const child = archive.follow(started);
  await waitUntilReady(child, () => isKafkaAnswering(context.port), START_TIMEOUT_MS, context.signal);
  return { child, address: `127.0.0.1:${context.port}` };
}

/** Brings the broker into the cache. @returns the folder of its jars */
export function fetchKafka(onProgress: (text: string) => void): Promise<string> {
  return fetchWithMaven('kafka', 'copy-dependencies', onProgress);
}
