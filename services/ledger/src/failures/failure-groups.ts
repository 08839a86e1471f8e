import { FAILING_STATES } from '../states/delivery.ts';
import { maskValues } from '../states/fingerprint.ts';
import { type Message, showState } from '../states/message.ts';
import type { LedgerStore } from '../store/collections.ts';
import { FAILURE_GROUPS, OPEN_TROUBLE } from '../store/indexes.ts';

/** Failures with the same cause, counted. */
export interface FailureGroup {
  readonly fingerprint: string;
  /**
   * `delivery`: a target refused it · `unmapped`: a source record could not become an event · `unreadable`: an event that cannot be read or
   * delivered · `dead-letter`: a foreign record on a private topic
   */
  readonly kind: 'delivery' | 'unmapped' | 'unreadable' | 'dead-letter';
  /** The cause in words, without the parts that differ from record to record. */
  readonly title: string;
  readonly error: { readonly kind: string; readonly code: string | null; readonly advice: string | null };
  /** Null of dead letters. */
  readonly entity: string | null;
  /** Target connection (delivery) or source connection (unmapped, unreadable). */
  readonly connection: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** An example: delivery id or message id. */
  readonly sample: string;
}

interface Counted {
  readonly _id: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly sample: string;
}

interface Sample {
  readonly entity: string | null;
  readonly connection: string;
  readonly error: { kind: string; code: string | null; message: string; advice: string | null };
}

interface Grouped extends Counted, Sample {
  readonly state: Message['state'];
}

/** Groups with open failures, the largest first. @param count maximum number of groups, after `from` */
export async function listFailureGroups(store: LedgerStore, from: number, count: number): Promise<FailureGroup[]> {
  const [deliveries, messages] = await Promise.all([countDeliveries(store), groupMessages(store)]);
  const groups = [
    ...deliveries.map((group) => ({ group, kind: 'delivery' as const })),
    ...messages.map((group) => ({ group, kind: kindOf(group.state) })),
  ]
    .sort((a, b) => b.group.count - a.group.count || b.group.lastAt.getTime() - a.group.lastAt.getTime())
    .slice(from, from + count);
  const samples = await readSamples(
    store,
    groups.flatMap(({ group, kind }) => (kind === 'delivery' ? group.sample : [])),
  );
  return groups.flatMap(({ group, kind }) => {
    const sample = 'error' in group ? group : samples.get(group.sample);
    // It moved on between the two reads, and is no failure any more.
    return sample === undefined ? [] : toGroup(group, sample, kind);
  });
}

function kindOf(state: Message['state']): FailureGroup['kind'] {
  const shown = showState(state);
  return shown === 'published' ? 'unreadable' : shown;
}

/** By the index alone: there may be many thousands, each with its attempts. */
function countDeliveries(store: LedgerStore): Promise<Counted[]> {
  return store.deliveries
    .aggregate<Counted>(
      [
        { $match: { state: { $in: [...FAILING_STATES] }, fingerprint: { $gt: '' } } },
        { $group: { _id: '$fingerprint', ...countOf('$updatedAt') } },
      ],
      { hint: FAILURE_GROUPS },
    )
    .toArray();
}

function groupMessages(store: LedgerStore): Promise<Grouped[]> {
  return store.messages
    .aggregate<Grouped>([
      { $match: OPEN_TROUBLE },
      {
        $group: {
          _id: '$fingerprint',
          ...countOf('$at'),
          state: { $first: '$state' },
          entity: { $first: '$entity' },
          connection: { $first: '$connection' },
          error: { $first: '$error' },
        },
      },
    ])
    .toArray();
}

function countOf(at: string) {
  return { count: { $sum: 1 }, firstAt: { $min: at }, lastAt: { $max: at }, sample: { $max: '$_id' } };
}

async function readSamples(store: LedgerStore, ids: readonly string[]): Promise<Map<string, Sample>> {
  const found = await store.deliveries
    .find({ _id: { $in: [...ids] } }, { projection: { entity: 1, to: 1, error: 1 } })
    .toArray();
  return new Map(
    found.flatMap(({ _id, entity, to, error }) =>
      error === null ? [] : [[_id, { entity, connection: to, error }] as const],
    ),
  );
}

function toGroup(group: Counted, sample: Sample, kind: FailureGroup['kind']): FailureGroup {
  const { error, entity, connection } = sample;
  return {
    fingerprint: group._id,
    kind,
    title: maskValues(error.message),
    error: { kind: error.kind, code: error.code, advice: error.advice },
    entity,
    connection,
    count: group.count,
    firstAt: group.firstAt.toISOString(),
    lastAt: group.lastAt.toISOString(),
    sample: group.sample,
  };
}
