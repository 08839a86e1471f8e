import { DEFAULT_TENANT } from '@entrepot/store';
import { z } from 'zod';
import type { Actor } from '../access/tokens.ts';
import { textForPeople } from '../edge/query-values.ts';
import type { Ledger } from '../ledger.ts';
import { notFound, Problem } from '../problem.ts';
import { endForPerson } from '../reprocess/end-delivery.ts';
import { DELIVERY_STATES, type Delivery } from '../states/delivery.ts';
import { OPEN_OF_RECORD } from '../store/indexes.ts';

export const removalQuery = z
  .strictObject({
    discardOpen: z
      .enum(['true', 'false'])
      .default('false')
      .describe(
        'true: deliveries that have not ended are discarded first, each with the reason, and stay in the ledger',
      ),
    reason: textForPeople(500, 'say why, for the audit').optional().describe('Needed with discardOpen'),
  })
  .refine(({ discardOpen, reason }) => discardOpen === 'false' || reason !== undefined, {
    path: ['reason'],
    message: 'say why the open deliveries are discarded, for the audit',
  });
export type RemovalQuery = z.infer<typeof removalQuery>;

/** Maximum of deliveries that one call discards; a further call continues. */
const DISCARDED_AT_ONCE = 500;
const SIDE_BY_SIDE = 25;

export interface Removal {
  readonly actor: Actor | undefined;
  readonly wish: RemovalQuery;
}

/**
 * Refuses to remove a flow with open deliveries. An inactive flow routes nothing new and delivers what it has, so its deliveries end
 * without help, or by a person.
 * @throws Problem 404, 409
 */
export async function clearFlow(ledger: Ledger, id: string, removal: Removal): Promise<void> {
  const flow = (await ledger.settings.listFlows()).find((candidate) => candidate.id === id);
  if (flow === undefined) throw notFound('flow', id);
  if (flow.active) {
    throw inUse(`Flow "${id}" is active: set "active": false first, so that nothing new is routed.`, [
      { path: 'active', message: 'is true' },
    ]);
  }
  await clearOpen(ledger, { from: flow.from, flow: id }, `flow "${id}"`, removal, []);
}

/** Refuses to remove a connection while a flow names it, or deliveries from or to it are open. @throws Problem 404, 409 */
export async function clearConnection(ledger: Ledger, id: string, removal: Removal): Promise<void> {
  const [connections, flows] = await Promise.all([ledger.settings.listConnections(), ledger.settings.listFlows()]);
  if (!connections.some((connection) => connection.id === id)) throw notFound('connection', id);
  const users = flows.filter(({ from, to }) => from === id || to === id);
  if (users.length > 0) {
    const names = users.map((flow) => flow.id).join(', ');
    throw inUse(
      `Connection "${id}" is used by the flows ${names}: remove them first.`,
      users.map((flow) => ({ path: 'flows', message: flow.id })),
    );
  }
  const backlog = await ledger.countLaneBacklog(id);
  const waiting =
    backlog === 0
      ? []
      : [{ path: 'lane', message: `${backlog} ${backlog === 1 ? 'record is' : 'records are'} not passed by its sink` }];
  await clearOpen(ledger, { $or: [{ from: id }, { to: id }] }, `connection "${id}"`, removal, waiting);
}

/** Refuses to remove a tenant that is the default one, or owns something. @throws Problem 404, 409 */
export async function clearTenant(ledger: Ledger, id: string): Promise<void> {
  if (id === DEFAULT_TENANT) throw inUse(`Tenant "${id}" is the one that every installation has: it stays.`, []);
  const owned = (await ledger.settings.listConnections()).filter(({ tenant }) => tenant === id);
  if (owned.length === 0) return;
  throw inUse(
    `Connections belong to tenant "${id}" (${owned.map((connection) => connection.id).join(', ')}): remove them first.`,
    owned.map((connection) => ({ path: 'connections', message: connection.id })),
  );
}

type OpenFilter = Parameters<Ledger['store']['deliveries']['find']>[0];

async function clearOpen(
  ledger: Ledger,
  filter: OpenFilter,
  what: string,
  { actor, wish }: Removal,
  further: readonly { readonly path: string; readonly message: string }[],
): Promise<void> {
  // Requires every report written before now: a delivery that only Kafka holds is open too.
  if (!(await ledger.catchUp()) && !(await ledger.catchUp())) {
    throw new Problem(
      409,
      'ledger-behind',
      'The ledger is still reading',
      'The ledger has not taken in all reports yet, so what is open is not known. Repeat it in a moment.',
    );
  }
  if (wish.discardOpen === 'true') await discardSome(ledger, filter, actor, `${what} is removed: ${wish.reason}`);
  const states = await countOpen(ledger, filter);
  const inLane = wish.discardOpen === 'true' ? [] : further;
  if (states.length === 0 && inLane.length === 0) return;
  const open = states.map(({ state, count }) => ({ path: 'deliveries', message: `${count} ${state}` }));
  const advice =
    wish.discardOpen === 'true'
      ? `One call discards ${DISCARDED_AT_ONCE}: repeat it.`
      : 'Let them end, retry, discard or resolve them; or repeat this with discardOpen=true and a reason.';
  throw inUse(
    `Of ${what} not everything has ended (${[...open, ...inLane].map(({ message }) => message).join(', ')}). ${advice}`,
    [...open, ...inLane],
  );
}

async function discardSome(ledger: Ledger, filter: OpenFilter, actor: Actor | undefined, reason: string) {
  const open = await ledger.store.deliveries
    .find({ ...filter, endedAt: null }, { projection: { _id: 1 } })
    .hint(OPEN_OF_RECORD)
    .limit(DISCARDED_AT_ONCE)
    .toArray();
  for (let index = 0; index < open.length; index += SIDE_BY_SIDE) {
    const group = open.slice(index, index + SIDE_BY_SIDE);
    await Promise.all(group.map(({ _id }) => discardIfOpen(ledger, actor, _id, reason)));
  }
}

/** A delivery that ended meanwhile needs no discarding. */
async function discardIfOpen(ledger: Ledger, actor: Actor | undefined, id: string, reason: string): Promise<void> {
  try {
    await endForPerson(ledger, actor, id, 'discarded', reason);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 409) throw error;
  }
}

async function countOpen(ledger: Ledger, filter: OpenFilter) {
  const counted = await ledger.store.deliveries
    .aggregate<{ _id: Delivery['state']; count: number }>(
      [{ $match: { ...filter, endedAt: null } }, { $group: { _id: '$state', count: { $sum: 1 } } }],
      { hint: OPEN_OF_RECORD },
    )
    .toArray();
  return DELIVERY_STATES.flatMap((state) => {
    const found = counted.find(({ _id }) => _id === state);
    return found === undefined ? [] : [{ state, count: found.count }];
  });
}

function inUse(detail: string, errors: readonly { readonly path: string; readonly message: string }[]): Problem {
  return new Problem(409, 'in-use', 'Still in use', detail, errors);
}
