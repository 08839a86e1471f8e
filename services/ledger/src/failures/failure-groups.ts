import { FAILING_STATES } from '../states/delivery.ts';
import { maskValues } from '../states/fingerprint.ts';
import type { LedgerStore } from '../store/collections.ts';

/** Failures with the same cause, counted. */
export interface FailureGroup {
  readonly fingerprint: string;
  /** `delivery`: a target said no · `unmapped`: a source record could not become an event · `unreadable`: an event no router can read */
  readonly kind: 'delivery' | 'unmapped' | 'unreadable';
  /** The cause in words, without what differs from record to record. */
  readonly title: string;
  readonly error: { readonly kind: string; readonly code: string | null; readonly advice: string | null };
  readonly entity: string;
  /** Target connection (delivery) or source connection (unmapped). */
  readonly connection: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** One of them: delivery id or message id. */
  readonly sample: string;
}

interface Grouped {
  readonly _id: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly sample: string;
  readonly state: string;
  readonly entity: string;
  readonly connection: string;
  readonly error: { kind: string; code: string | null; message: string; advice: string | null };
}

/** All groups with open failures, the largest first. */
export async function listFailureGroups(store: LedgerStore): Promise<FailureGroup[]> {
  const [deliveries, messages] = await Promise.all([
    store.deliveries
      .aggregate<Grouped>([
        { $match: { state: { $in: [...FAILING_STATES] }, fingerprint: { $gt: '' } } },
        groupStage('$to', '$updatedAt'),
      ])
      .toArray(),
    store.messages
      .aggregate<Grouped>([
        { $match: { fingerprint: { $gt: '' }, repairedByVersion: null } },
        groupStage('$connection', '$at'),
      ])
      .toArray(),
  ]);
  return [
    ...deliveries.map((group) => toGroup(group, 'delivery')),
    ...messages.map((group) => toGroup(group, group.state === 'unmapped' ? 'unmapped' : 'unreadable')),
  ].sort((a, b) => b.count - a.count || b.lastAt.localeCompare(a.lastAt));
}

function groupStage(connection: string, at: string) {
  return {
    $group: {
      _id: '$fingerprint',
      count: { $sum: 1 },
      firstAt: { $min: at },
      lastAt: { $max: at },
      sample: { $max: '$_id' },
      state: { $first: '$state' },
      entity: { $first: '$entity' },
      connection: { $first: connection },
      error: { $first: '$error' },
    },
  };
}

function toGroup(group: Grouped, kind: FailureGroup['kind']): FailureGroup {
  const { error } = group;
  return {
    fingerprint: group._id,
    kind,
    title: maskValues(error.message),
    error: { kind: error.kind, code: error.code, advice: error.advice },
    entity: group.entity,
    connection: group.connection,
    count: group.count,
    firstAt: group.firstAt.toISOString(),
    lastAt: group.lastAt.toISOString(),
    sample: group.sample,
  };
}
