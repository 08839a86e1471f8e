import type { ConfirmedDocument, EntityName } from '@entrepot/canonical';
import { createMasker, type Masker } from '@entrepot/service-kit/masking';
import type { CallBudget } from '../call.ts';
import { findList, type ListedValue, type TestReport } from '../connection.ts';
import { guardCredentials } from '../credentials/vault.ts';
import { createGuard, type ErrorGuard, maskDetail, maskLog, maskReport, throwMasked } from '../masking.ts';
import { VendorError } from '../vendor-error.ts';
import type { SourceContext, SourceDefinition, SourceWebhook } from './definition.ts';
import type { SourceEntity } from './entity.ts';
import type { Fetched, PollPage, Reading, Unfinished } from './records.ts';
import type { SubscriptionFindings } from './webhook.ts';

/** Declares a source; what a vendor writes is checked against its own types here, and taken as any vendor's from here on. */
export function defineSource<Settings, Secrets, Client>(
  definition: SourceDefinition<Settings, Secrets, Client>,
): SourceDefinition<Settings, Secrets> {
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
}

/** The source side of one connection, opened. Methods throw {@link VendorError} only. */
export interface Source {
  /** Null when the vendor gives no such records. */
  entity<E extends EntityName>(name: E): OpenSourceEntity<E> | null;
  /** Null when the vendor has no list of its subscriptions, or the connection takes no webhooks. */
  readonly checkSubscriptions: CheckSubscriptions | null;
  test(signal: AbortSignal): Promise<TestReport>;
  /** @throws VendorError `rejected` for a kind that the vendor does not declare */
  listValues(kind: string, signal: AbortSignal): Promise<readonly ListedValue[]>;
  close(): Promise<void>;
}

type CheckSubscriptions = (known: readonly string[], signal: AbortSignal) => Promise<SubscriptionFindings>;

/**
 * Opens the source side of a connection. Everything that the vendor throws, reports, raises and logs is masked here, by
 * the connection's secrets and the credentials that its requests carried, whatever a vendor lib does.
 */
export function openSource(definition: SourceDefinition, context: SourceContext): Source {
  const { connection, budget } = context;
  const masker = createMasker(connection.secrets);
  const guard = createGuard(masker, budget);
  const maskText = (text: string | null): string | null => (text === null ? null : masker.mask(text));
  const client = guard(() =>
    definition.open({
      connection,
      masker,
      log: maskLog(context.log, masker),
      now: () => context.now(),
      raiseAttention: (message) => context.raiseAttention(maskText(message)),
      credentials: guardCredentials(context.credentials, masker),
      openCall: (signal) => budget.call(signal),
      points: budget.points,
    }),
  );
  return {
    entity: (name) => {
      const entity = definition.entities[name];
      const opened = { client, masker, guard, budget };
      return entity === undefined ? null : openEntity(entity, readPart(connection.settings, name), opened);
    },
    checkSubscriptions: bindCheck(definition, connection.settings, { client, masker, guard, budget }),
    test: (signal) => guard(() => maskReport(definition.test(client, budget.call(signal)), masker)),
    listValues: async (kind, signal) => guard(() => findList(definition.values, kind)(client, budget.call(signal))),
    close: () => guard(() => definition.close(client)),
  };
}

const NO_READING: Reading = { progress: new Map(), begins: () => {} };

interface Opened {
  readonly client: unknown;
  readonly masker: Masker;
  readonly guard: ErrorGuard;
  readonly budget: CallBudget;
}

function openEntity<E extends EntityName>(
  entity: SourceEntity<E>,
  given: unknown,
  { client, masker, guard, budget }: Opened,
): OpenSourceEntity<E> {
  // The store has validated them; where it read them only as near as today's rules allow, the defaults apply.
  const settings = entity.settings.safeParse(given).data ?? entity.settings.parse({});
  return {
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

async function* guardPages(pages: AsyncIterable<PollPage>, guard: ErrorGuard): AsyncGenerator<PollPage> {
  try {
    yield* pages;
  } catch (error) {
    guard(() => {
      throw error;
    });
  }
}

function bindCheck(
  { webhook }: SourceDefinition,
  settings: unknown,
  { client, masker, guard, budget }: Opened,
): CheckSubscriptions | null {
  const check = webhook?.isTaken(settings) === true ? webhook.checkSubscriptions?.bind(webhook) : undefined;
  if (check === undefined) return null;
  return async (known, signal) => {
    const findings = await guard(() => check(client, known, budget.call(signal)));
    const missing = findings.missing.map(({ topic, reason }) => ({ topic, reason: masker.mask(reason) }));
    return { ...findings, missing };
  };
}
