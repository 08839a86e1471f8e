/** kafkajs wraps errors once per layer; the reason is at the bottom. */
export function* causesOf(error: unknown): Generator<{ type?: unknown; name?: unknown; message?: unknown }> {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) yield at;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The broker refused a batch or request for its size: repeating it cannot help. */
export function isTooLarge(error: unknown): boolean {
  return [...causesOf(error)].some(({ type }) => type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE');
}

const UNSERVED = new Set<unknown>(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/** No broker serves the partition yet: the answer for a topic that was just created. */
export function isUnserved(error: unknown): boolean {
  return [...causesOf(error)].some(({ type }) => UNSERVED.has(type));
}

export function isUnknownTopic(error: unknown): boolean {
  return [...causesOf(error)].some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}
