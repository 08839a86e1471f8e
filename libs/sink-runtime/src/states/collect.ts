import { type EntityName, type EntityOf, parseEventKey } from '@entrepot/canonical';
import { MappingError } from '@entrepot/mapping';
import type { CollectedState, StatesWanted } from '@entrepot/store';
import { answerCollected, type CollectKey, type MapContext, nameCollectKey } from '@entrepot/vendor-kit';
import { type Codec, type LatestStates, Undecodable } from '../ports.ts';
import type { CollectedPair } from './keeper.ts';

/** One plan holds them all in memory. */
const MAX_STATES = 2_000;
const MAX_STATE_BYTES = 32 * 1_024 * 1_024;

export interface CollectDeps {
  readonly vendor: string;
  readonly codec: Codec;
  readonly latestStates: Pick<LatestStates, 'collect' | 'isComplete'>;
}

/** States that passed before a flow began to collect them are not there yet: the delivery waits for them. */
export class StatesIncomplete extends Error {
  override readonly name = 'StatesIncomplete';
  readonly pairs: readonly CollectedPair[];

  constructor(pairs: readonly CollectedPair[]) {
    super(
      `states of ${pairs.map(({ entity, connection }) => `${entity} of ${connection}`).join(', ')} are not complete`,
    );
    this.pairs = pairs;
  }
}

/**
 * Reads the latest states that a plan is based on.
 * @throws StatesIncomplete · MappingError when they are too many · Undecodable · Outage
 */
export async function collectStates(deps: CollectDeps, keys: readonly CollectKey[]): Promise<MapContext['collected']> {
  const { vendor, latestStates } = deps;
  const wanted = new Map(keys.map((key) => [nameCollectKey(key), { vendor, ...readKey(key) }]));
  const pairs = new Map([...wanted.values()].map((each) => [`${each.entity}|${each.connection}`, each]));
  const incomplete: CollectedPair[] = [];
  for (const { entity, connection } of pairs.values())
    if (!(await latestStates.isComplete({ vendor, entity, connection }))) incomplete.push({ entity, connection });
  if (incomplete.length > 0) throw new StatesIncomplete(incomplete);
  const found = new Map<string, readonly EntityOf<EntityName>[]>();
  let room = MAX_STATES;
  let bytes = 0;
  for (const [name, each] of wanted) {
    const collected = await latestStates.collect(each, room + 1);
    room -= collected.length;
    bytes += collected.reduce((sum, { value }) => sum + value.length, 0);
    if (room < 0 || bytes > MAX_STATE_BYTES) throw tooManyStatesError(each);
    found.set(name, await Promise.all(collected.map((state) => readState(deps.codec, each, state))));
  }
  return answerCollected(found);
}

function readKey(
  key: CollectKey,
): CollectedPair &
  ({ readonly sourceId: string } | Pick<Extract<CollectKey, { orderingKey: unknown }>, 'orderingKey'>) {
  const { entity } = key;
  if ('orderingKey' in key) return { entity, connection: key.connection, orderingKey: key.orderingKey };
  const { connection, id } = parseEventKey(key.sourceKey);
  return { entity, connection, sourceId: id };
}

async function readState(
  codec: Codec,
  { entity, connection }: StatesWanted,
  { sourceId, value }: CollectedState,
): Promise<EntityOf<EntityName>> {
  const whose = `The latest ${entity} ${connection}/${sourceId}, which the plan is based on,`;
  try {
    const state: EntityOf<EntityName> = await codec.decode(entity, value);
    if (state.source.connection === connection && state.source.id === sourceId) return state;
  } catch (error) {
    if (error instanceof Undecodable) throw new Undecodable(error.code, `${whose} cannot be read: ${error.message}`);
    throw error;
  }
  throw new Undecodable('invalid-headers', `${whose} has the content of another record`);
}

function tooManyStatesError({ entity, connection }: StatesWanted): MappingError {
  return new MappingError(
    'too-many-states',
    `The plan is based on more states of ${entity} of ${connection} than one may be: ${MAX_STATES}, or ${MAX_STATE_BYTES / 1_048_576} MiB`,
    { advice: 'Fewer records must be about this one at its source; this is a limit of Entrepot.' },
  );
}
