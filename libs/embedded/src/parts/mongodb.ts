import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, type MongoServerError } from 'mongodb';
import { findMongod } from '../downloads/mongod.ts';
import { spawnOwned, waitUntilReady } from '../processes/child.ts';
import type { PartContext, RunningPart } from './part.ts';

const START_TIMEOUT_MS = 60_000;
const REPLICA_SET = 'entrepot';
const NOT_YET_INITIATED = 94;
const NODE_NOT_FOUND_IN_CONFIG = 93;

interface ReplicaSetConfig {
  _id: string;
  version: number;
  members: { _id: number; host: string }[];
}

/**
 * Makes the node a replica set of one (transactions and change streams need one) and waits until it takes writes. Data that
 * was written under another port keeps its set: only the member's address is changed.
 */
async function becomeReplicaSet(port: number): Promise<boolean> {
  const host = `127.0.0.1:${port}`;
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 1_000 });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary === true) return true;
    if (hello.setName !== undefined && hello.me === host) return false;
    const config = await readConfig(client);
    if (config === undefined) {
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
    } else if (config.members[0]?.host !== host) {
      const moved = { ...config, version: config.version + 1, members: [{ ...config.members[0], host }] };
      await admin.command({ replSetReconfig: moved, force: true });
    }
    return false;
  } finally {
    await client.close();
  }
}

async function readConfig(client: MongoClient): Promise<ReplicaSetConfig | undefined> {
  try {
    const answer = await client.db('admin').command({ replSetGetConfig: 1 });
    return answer.config as ReplicaSetConfig;
  } catch (error) {
    const { code } = error as MongoServerError;
    if (code === NOT_YET_INITIATED) return undefined;
    if (code !== NODE_NOT_FOUND_IN_CONFIG) throw error;
    // A node whose own address is not in the set cannot be asked by command; the stored document still says it.
    const stored = await client.db('local').collection<ReplicaSetConfig>('system.replset').findOne({});
    return stored ?? undefined;
  }
}

/**
 * Starts MongoDB: a replica set of one node, majority-written and journaled as any other.
 * @throws InfraError when no mongod can be had, or it does not come up
 */
export async function startMongodb(context: PartContext): Promise<RunningPart> {
  const mongod = await findMongod(context.onProgress);
  context.onProgress('starting');
  mkdirSync(context.dataDir, { recursive: true });
  const child = await spawnOwned(
    {
      name: 'MongoDB',
      command: mongod,
      args: [
        ...['--dbpath', context.dataDir, '--port', String(context.port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
        ...['--replSet', REPLICA_SET, '--oplogSize', '256', '--wiredTigerCacheSizeGB', '0.25'],
        ...['--quiet', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
      ],
      logFile: join(context.logDir, 'mongodb.log'),
    },
    context.reaper,
  );
  await waitUntilReady(child, () => becomeReplicaSet(context.port), START_TIMEOUT_MS, context.signal);
  return { child, address: `mongodb://127.0.0.1:${context.port}/entrepot?replicaSet=${REPLICA_SET}` };
}
