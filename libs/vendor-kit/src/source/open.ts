import type { ConfirmedDocument, EntityName } from '@entrepot/canonical';
import { createMasker } from '@entrepot/service-kit/masking';
import type { BoundClient } from '../client/bound.ts';
import { findList, type ListedValue, type TestReport } from '../connection.ts';
import { type ErrorGuard, maskDetail, maskReport, throwMasked } from '../masking.ts';
import { VendorError } from '../vendor-error.ts';
import type { SourceDefinition, SourceWebhook } from './definition.ts';
import type { SourceEntity } from './entity.ts';
import type { Fetched, PollPage, Reading, Unfinished } from './records.ts';
import type { SubscriptionFindings } from './webhook.ts';

/** Declares a source: what a vendor writes is checked against its own types here. */
export function defineSource<Settings, Secrets, Client>(
  definition: SourceDefinition<Settings, Secrets, Client>,
): SourceDefinition<Settings, Secrets, Client> {
  const { webhook } = definition;
  return webhook === undefined ? definition : { ...definition, webhook: guardWebhook(webhook) };
}

/**
 * A webhook is read without an open source; its connection's secrets are decrypted only where there is something to
 * mask.
 */
function guardWebhook<Settings, Secrets, Client>(
  webhook: SourceWebhook<Settings, Secrets, Client>,
): SourceWebhook<Settings, Secrets, Client> {
  return {
    ...webhook,
    read: (request, connection) => {
      try {
        const message = webhook.read(request, connection);
        if (message.attention === null) return message;
        return { ...message, attention: createMasker(connection.secrets).mask(message.attention) };
      } catch (error) {
        return throwMasked(error, createMasker(connection.secrets));
      }
    },
  };
}

/** An entity of an opened source: bound to its connection, its settings read, its errors without secrets. */
export interface OpenSourceEntity<E extends EntityName = EntityName> {
  /** See {@link SourceEntity.fetch}. */
  fetch(sourceIds: readonly string[], signal: AbortSignal, reading?: Reading): Promise<(Fetched<E> | Unfinished)[]>;
  /** See {@link SourceEntity.poll}; without a cursor from `sinceMicros` on, or everything when that is null. */
  poll(cursor: string | null, sinceMicros: number | null, signal: AbortSignal): AsyncIterable<PollPage>;
  /** See {@link SourceEntity.listIds}; null where the entity does not list them. */
  readonly listIds: ((signal: AbortSignal) => AsyncIterable<readonly string[]>) | null;
}

/** The source side of one connection, on its opened client. Methods throw {@link VendorError} only. */
export interface Source {
  /** Null when the vendor gives no such records. */
  entity<E extends EntityName>(name: E): OpenSourceEntity<E> | null;
  /** Null when the vendor has no list of its subscriptions, or the connection takes no webhooks. */
  readonly checkSubscriptions: CheckSubscriptions | null;
  test(signal: AbortSignal): Promise<TestReport>;
  /** @throws VendorError `rejected` for a kind that the vendor does not declare */
  listValues(kind: string, signal: AbortSignal): Promise<readonly ListedValue[]>;
}

type CheckSubscriptions = (known: readonly string[], signal: AbortSignal) => Promise<SubscriptionFindings>;

/** Binds the source side of a vendor to an opened client. */
export function bindSource(definition: SourceDefinition, bound: BoundClient): Source {
  const { client, masker, guard, budget } = bound;
  return {
    entity: (name) => {
      const entity = definition.entities[name];
      return entity === undefined ? null : openEntity(entity, bound, name);
    },
    checkSubscriptions: bindCheck(definition, bound),
    test: (signal) => guard(() => maskReport(definition.test(client, budget.call(signal)), masker)),
    listValues: async (kind, signal) => guard(() => findList(definition.values, kind)(client, budget.call(signal))),
  };
}

const NO_READING: Reading = { progress: new Map(), begins: () => {} };

function openEntity<E extends EntityName>(
  entity: SourceEntity<E>,
  { client, connection, masker, guard, budget }: BoundClient,
  name: E,
): OpenSourceEntity<E> {
  const given = readPart(connection.settings, name);
  // The store has validated them; where it read them only as near as today's rules allow, the defaults apply.
  const settings = entity.settings.safeParse(given).data ?? entity.settings.parse({});
  const listIds = entity.listIds?.bind(entity);
  return {
    listIds:
      listIds === undefined
        ? null
        : (signal) =>
            guardPages(
              guard(() => listIds(client, { settings, call: budget.call(signal) })),
              guard,
            ),
    fetch: async (sourceIds, signal, reading = NO_READING) => {
      const fetched = await guard(() =>
        entity.fetch(client, sourceIds, { settings, call: budget.call(signal), reading }),
      );
      return fetched.map((one) => {
        const declared =
          'confirms' in one && one.confirms !== undefined ? keepDeclared(one, entity, one.confirms) : one;
        return declared.status === 'unmapped' ? { ...declared, error: maskDetail(declared.error, masker) } : declared;
      });
    },
    poll: (cursor, sinceMicros, signal) =>
      guardPages(
        guard(() => entity.poll(client, { settings, call: budget.call(signal), cursor, sinceMicros })),
        guard,
      ),
  };
}

/** A reference on a document of another role was copied there by the vendor: it confirms nothing. */
function keepDeclared<Shown extends object>(
  shown: Shown,
  { confirms: roles = [] }: Pick<SourceEntity, 'confirms'>,
  confirms: readonly ConfirmedDocument[],
): Shown {
  return { ...shown, confirms: confirms.filter(({ role }) => roles.includes(role)) };
}

/** Settings of one entity, as they stand in those of the connection. */
function readPart(settings: unknown, name: EntityName): unknown {
  return readField(readField(settings, 'source'), name);
}

function readField(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

async function* guardPages<Page>(pages: AsyncIterable<Page>, guard: ErrorGuard): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await guard(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await guard(async () => iterator.return?.());
  }
}

function bindCheck(
  { webhook }: SourceDefinition,
  { client, connection, masker, guard, budget }: BoundClient,
): CheckSubscriptions | null {
  const check = webhook?.isTaken(connection.settings) === true ? webhook.checkSubscriptions?.bind(webhook) : undefined;
  if (check === undefined) return null;
  return async (known, signal) => {
    const findings = await guard(() => check(client, known, budget.call(signal)));
    const missing = findings.missing.map(({ topic, reason }) => ({ topic, reason: masker.mask(reason) }));
    return { ...findings, missing };
  };
}
