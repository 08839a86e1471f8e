import type { EntityName } from '@entrepot/canonical';
import { createMasker, type Masker } from '@entrepot/service-kit/masking';
import type {
  Fetched,
  PollPage,
  Reading,
  Source,
  SourceContext,
  SourceDefinition,
  SubscriptionFindings,
  Unfinished,
  WebhookReceiver,
} from '../source.ts';
import { guardErrors, maskDetail, maskLog, maskReport, throwMasked } from './mask-error.ts';

export interface GuardedSourceContext<Settings, Secrets> extends SourceContext<Settings, Secrets> {
  /** Knows the secrets of the connection; for the HTTP client, which teaches it those of the session. */
  readonly masker: Masker;
}

export interface SourceDesign<Settings, Secrets> extends Omit<SourceDefinition<Settings, Secrets>, 'open'> {
  open(context: GuardedSourceContext<Settings, Secrets>): Source;
}

/**
 * A source whose errors, reports, log lines and attention carry no secret of their connection, whatever the vendor repeats. Every vendor
 * defines its source by this.
 */
export function defineSource<Settings, Secrets>(
  design: SourceDesign<Settings, Secrets>,
): SourceDefinition<Settings, Secrets> {
  return {
    ...design,
    webhook: design.webhook === null ? null : guardWebhook(design.webhook),
    open: (context) => {
      const masker = createMasker(context.connection.secrets);
      const guarded = {
        ...context,
        masker,
        log: maskLog(context.log, masker),
        now: () => context.now(),
        raiseAttention: (message: string | null) =>
          context.raiseAttention(message === null ? null : masker.mask(message)),
        reportThrottled: (reason: string | null) =>
          context.reportThrottled(reason === null ? null : masker.mask(reason)),
      };
      return guardSource(
        guardErrors(masker, () => design.open(guarded)),
        masker,
      );
    },
  };
}

function guardSource(source: Source, masker: Masker): Source {
  return {
    fetch: async <E extends EntityName>(
      entity: E,
      sourceIds: readonly string[],
      signal: AbortSignal,
      reading?: Reading,
    ) => {
      const fetched = await guardErrors(masker, () => source.fetch(entity, sourceIds, signal, reading));
      return fetched.map((one) => maskUnmapped(one, masker));
    },
    poll: (entity, cursor, sinceMicros, signal) =>
      guardPages(
        guardErrors(masker, () => source.poll(entity, cursor, sinceMicros, signal)),
        masker,
      ),
    test: (signal) => guardErrors(masker, () => maskReport(source.test(signal), masker)),
    listValues: (kind, signal) => guardErrors(masker, () => source.listValues(kind, signal)),
    ...(source.checkSubscriptions && {
      checkSubscriptions: (known: readonly string[], signal: AbortSignal) =>
        guardErrors(masker, () => checkMasked(source, known, signal, masker)),
    }),
    close: () => guardErrors(masker, () => source.close()),
  };
}

async function checkMasked(
  source: Source,
  known: readonly string[],
  signal: AbortSignal,
  masker: Masker,
): Promise<SubscriptionFindings> {
  const nothing: SubscriptionFindings = { present: known, made: [], missing: [] };
  const findings = (await source.checkSubscriptions?.(known, signal)) ?? nothing;
  return {
    ...findings,
    missing: findings.missing.map(({ topic, reason }) => ({ topic, reason: masker.mask(reason) })),
  };
}

async function* guardPages(pages: AsyncIterable<PollPage>, masker: Masker): AsyncGenerator<PollPage> {
  try {
    yield* pages;
  } catch (error) {
    throwMasked(error, masker);
  }
}

function maskUnmapped<E extends EntityName>(fetched: Fetched<E> | Unfinished, masker: Masker): Fetched<E> | Unfinished {
  return fetched.status === 'unmapped' ? { ...fetched, error: maskDetail(fetched.error, masker) } : fetched;
}

/** A webhook is read with no source open; its connection's secrets are looked at only where there is something to mask. */
function guardWebhook<Settings, Secrets>(
  receiver: WebhookReceiver<Settings, Secrets>,
): WebhookReceiver<Settings, Secrets> {
  return {
    maxBytes: receiver.maxBytes,
    tooLargeAdvice: receiver.tooLargeAdvice,
    repeatsForMs: receiver.repeatsForMs,
    nameTopic: (headers) => receiver.nameTopic(headers),
    verify: (headers, connection) => receiver.verify(headers, connection),
    read: (request, connection) => {
      try {
        const message = receiver.read(request, connection);
        if (message.attention === null) return message;
        return { ...message, attention: createMasker(connection.secrets).mask(message.attention) };
      } catch (error) {
        return throwMasked(error, createMasker(connection.secrets));
      }
    },
  };
}
