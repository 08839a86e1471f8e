import type { TopicDeclaration } from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import type { Admin } from 'kafkajs';
import { fetchTopicOffsets } from '../consume/ends/positions.ts';
import { isUnknownTopic, isUnserved } from '../kafkajs/errors.ts';
import { maxMessageBytes } from '../record-size.ts';

const MAX_REPLICATION = 3;
const SERVED_TIMEOUT_MS = 60_000;
const SERVED_POLL_MS = 100;
const CREATE_AGAIN_MS = 2_000;
/** Largest batch a topic takes. */
const ROOM = 'max.message.bytes';
/** Kafka's number for topics among the things that have a configuration (kafkajs' name for it is lost to Node's ES module loader). */
const TOPIC_RESOURCE = 2;
/** `configSource` of an entry set on the topic itself (not a broker's or Kafka's default). */
const TOPIC_CONFIG_SOURCE = 1;

/**
 * Makes topics as declared; harmless when repeated, also by several processes at the same time.
 * @throws Error when an existing topic has fewer partitions than declared.
 */
export async function applyTopics(
  admin: Admin,
  log: Logger,
  declarations: readonly TopicDeclaration[],
  maxRecordBytes: number,
): Promise<void> {
  const brokers = (await admin.describeCluster()).brokers.length;
  const replicationFactor = Math.max(1, Math.min(MAX_REPLICATION, brokers));
  const declared = declarations.map((declaration) =>
    withRoom(withDurability(declaration, replicationFactor), maxRecordBytes),
  );
  const existing = new Set(await admin.listTopics());
  const missing = declared.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) await createTopics(admin, missing, replicationFactor);
  for (const { name } of missing) log.info({ topic: name }, 'topic created');
  await waitUntilServed(admin, declared, replicationFactor);
  const kept = declared.filter(({ name }) => existing.has(name));
  if (kept.length === 0) return;
  await checkPartitions(admin, kept);
  await alignConfigs(admin, log, kept);
}

/** Grows a topic to at least `count` partitions. */
export async function growTopic(admin: Admin, log: Logger, topic: string, count: number): Promise<void> {
  const partitions = await countPartitions(admin, topic);
  if (partitions === null)
    throw new Error(`topic ${topic} does not exist: declare it with ensureTopics before adding partitions`);
  if (partitions >= count) return;
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] });
    log.info({ topic, from: partitions, to: count }, 'partitions added');
  } catch (error) {
    // Another process was faster: fine if it added enough.
    if (((await countPartitions(admin, topic)) ?? 0) < count) throw error;
  }
}

/** Null when the topic does not exist. */
export async function countPartitions(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? null;
  } catch (error) {
    if (isUnknownTopic(error)) return null;
    throw error;
  }
}

/** With three replicas an acknowledgement by one alone could be lost with it. */
function withDurability(declaration: TopicDeclaration, replicationFactor: number): TopicDeclaration {
  if (replicationFactor < MAX_REPLICATION) return declaration;
  return { ...declaration, config: { 'min.insync.replicas': '2', ...declaration.config } };
}

/** Every topic takes the largest record: one that did not would be where it gets stuck on its way. */
function withRoom(declaration: TopicDeclaration, maxRecordBytes: number): TopicDeclaration {
  return { ...declaration, config: { [ROOM]: String(maxMessageBytes(maxRecordBytes)), ...declaration.config } };
}

async function createTopics(
  admin: Admin,
  missing: readonly TopicDeclaration[],
  replicationFactor: number,
): Promise<void> {
  await admin.createTopics({
    // kafkajs' own waiting fails on "unknown topic", which a loaded broker answers for a moment; ours below does not.
    waitForLeaders: false,
    topics: missing.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
    })),
  });
}

/**
 * Waits until every partition can be used: the cluster names a leader a while before that one serves it, on a busy machine many seconds. Who
 * subscribed, or sent, too early would fail and try again. Creation waits by itself, but not for topics that another process made a moment ago: the
 * services of a machine start together. What is still unknown after a while is created once more: asked by several processes at the same time, a broker
 * has been seen to answer "exists already" for some topics and to make none of the others.
 */
async function waitUntilServed(
  admin: Admin,
  declared: readonly TopicDeclaration[],
  replicationFactor: number,
): Promise<void> {
  const deadline = Date.now() + SERVED_TIMEOUT_MS;
  let createAgainAt = Date.now() + CREATE_AGAIN_MS;
  let waiting = declared.map(({ name }) => name);
  for (;;) {
    const asked = await Promise.all(waiting.map(async (name) => ({ name, isServed: await isServed(admin, name) })));
    waiting = asked.filter((answer) => !answer.isServed).map(({ name }) => name);
    if (waiting.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`no broker serves ${waiting.join(', ')} after ${SERVED_TIMEOUT_MS / 1000} s: is Kafka well?`);
    if (Date.now() > createAgainAt) {
      createAgainAt = Date.now() + CREATE_AGAIN_MS;
      const existing = new Set(await admin.listTopics());
      const missing = declared.filter(({ name }) => !existing.has(name));
      if (missing.length > 0) await createTopics(admin, missing, replicationFactor);
    }
    await new Promise((resolve) => setTimeout(resolve, SERVED_POLL_MS));
  }
}

/** Asks each partition for its offsets, as consumers will: only its leader answers, and only when it serves it. */
async function isServed(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    if (topics.some(({ partitions }) => partitions.some(({ leader }) => leader < 0))) return false;
    await fetchTopicOffsets(admin, topic);
    return true;
  } catch (error) {
    if (isUnserved(error)) return false;
    throw error;
  }
}

async function checkPartitions(admin: Admin, declared: readonly TopicDeclaration[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: declared.map(({ name }) => name) });
  for (const { name, partitions } of declared) {
    const found = topics.find((topic) => topic.name === name)?.partitions.length ?? 0;
    if (found >= partitions) continue;
    throw new Error(
      `topic ${name} has ${found} partitions, ${partitions} are declared: partitions of keyed topics cannot be added, since keys hash onto them; make the topic anew`,
    );
  }
}

async function alignConfigs(admin: Admin, log: Logger, declared: readonly TopicDeclaration[]): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: declared.map(({ name }) => ({ type: TOPIC_RESOURCE, name })),
  });
  const changes = declared.flatMap(({ name, config }) => {
    const entries: ResourceEntry[] = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    // Only what is set on the topic itself: an equal default of the broker's may be changed there tomorrow.
    const own = Object.fromEntries(
      entries
        .filter(({ configSource }) => configSource === TOPIC_CONFIG_SOURCE)
        .map(({ configName, configValue }) => [configName, configValue]),
    );
    const effective = entries.find(({ configName }) => configName === ROOM)?.configValue;
    const declaredNow = { ...config, ...keepRoom(config, own[ROOM] ?? effective) };
    if (Object.entries(declaredNow).every(([entry, value]) => own[entry] === value)) return [];
    // The request replaces the topic's whole configuration: settings from elsewhere must be part of it.
    const wanted = { ...own, ...declaredNow };
    return [{ name, configEntries: Object.entries(wanted).map(([entry, value]) => ({ name: entry, value })) }];
  });
  if (changes.length === 0) return;
  await admin.alterConfigs({
    validateOnly: false,
    resources: changes.map(({ name, configEntries }) => ({ type: TOPIC_RESOURCE, name, configEntries })),
  });
  for (const { name } of changes)
    log.warn({ topic: name }, 'topic configuration differed from the declared one and was set');
}

/** A topic may have more room than is declared: set by a person, or by a service that is configured for larger records. */
function keepRoom(config: Readonly<Record<string, string>>, present: string | undefined): Record<string, string> {
  const declared = config[ROOM];
  if (declared === undefined || present === undefined) return {};
  return { [ROOM]: String(Math.max(Number(declared), Number(present))) };
}

/** kafkajs' types lack what Kafka answers. */
type ResourceEntry = Pick<ResourceConfigEntryAnswer, 'configName' | 'configValue' | 'configSource'>;
interface ResourceConfigEntryAnswer {
  readonly configName: string;
  readonly configValue: string;
  readonly configSource?: number;
}
