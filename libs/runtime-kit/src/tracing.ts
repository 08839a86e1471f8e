/** Attributes of a span. Never data of a record, a secret or the text of an error: the operator chooses where traces go. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** Records the duration of each part of a record's way, and how the parts belong together. */
export interface Tracer {
  /**
   * Runs `work` within a span.
   * @param parent the W3C `traceparent` of the cause, as records carry it; null begins a trace
   * @param work receives the `traceparent` of the span, for its consequences; `parent` while traces are off
   */
  span<T>(name: string, parent: string | null, facts: SpanFacts, work: (own: string | null) => Promise<T>): Promise<T>;
  /** Sends the pending spans, within a short timeout. Never rejects. */
  close(): Promise<void>;
}

export const NO_TRACES: Tracer = {
  span: (_name, parent, _facts, work) => work(parent),
  close: async () => {},
};
