import { type Exchange } from '@entrepot/canonical';
import { type CallContext, type HttpClient, showBody } from '@entrepot/vendor-kit';
import { type BatchedAnswer } from './multipart.ts';

/** Keeps the exchange of one batch until it is known what it was. */
export interface BatchEvidence {
  /** For the HTTP client. */
  readonly call: CallContext;
  /** The answer was read: each read is shown as if it had been sent alone. Paths are below the service path. */
  describeParts(paths: readonly string[], answers: readonly BatchedAnswer[]): void;
  /** Hands over the evidence; of a batch without such answers, the exchange as it was. */
  record(): void;
}

export function holdEvidence(call: CallContext, masker: HttpClient['masker']): BatchEvidence {
  let whole: Exchange | null = null;
  let parts: Exchange[] | null = null;
  return {
    call: {
      signal: call.signal,
      beforeSend: (timeoutMs) => call.beforeSend(timeoutMs),
      record: (exchange) => {
        whole = exchange;
      },
    },
    describeParts: (paths, answers) => {
      const batch = whole;
      if (batch === null) return;
      parts = answers.map((answer, index) =>
        describePart(batch, paths[index] ?? '', answer, `part ${index + 1} of ${paths.length}`, masker),
      );
    },
    record: () => {
      for (const exchange of parts ?? (whole === null ? [] : [whole])) call.record(exchange);
    },
  };
}

/** Masked when it is read, and only then, as all evidence. */
function describePart(
  batch: Exchange,
  path: string,
  { status, text }: BatchedAnswer,
  place: string,
  masker: HttpClient['masker'],
): Exchange {
  return {
    method: 'GET',
    get url() {
      return masker.mask(batch.url.replace(/\$batch$/, () => path));
    },
    status,
    get requestBody() {
      return `(${place} of one request: POST ${batch.url})`;
    },
    get responseBody() {
      return showBody(text, masker);
    },
    startedAtMicros: batch.startedAtMicros,
    durationMs: batch.durationMs,
  };
}
