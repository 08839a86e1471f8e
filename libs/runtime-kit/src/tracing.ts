/** What a span says of its work. Never data of a record, a secret or the words of an error: traces go to a place of the operator's choice. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** Tells how long each part of a record's way took, and how the parts hang together. */
export interface Tracer {
  /**
   * Does `work` within a span.
   * @param parent the W3C `traceparent` of what led to it, as records carry it; null begins a trace
   * @param work gets the `traceparent` of the span, for what follows from it; `parent` while traces are off
   */
  span<T>(name: string, parent: string | null, facts: SpanFacts, work: (own: string | null) => Promise<T>): Promise<T>;
  /** Sends what has not been sent, if it is taken soon. Never rejects. */
  close(): Promise<void>;
}

export const NO_TRACES: Tracer = {
  span: (_name, parent, _facts, work) => work(parent),
  close: async () => {},
};
