/** The database did not answer in time; whether it applied a write is unknown. */
export class StoreTimeout extends Error {
  override readonly name = 'StoreTimeout';
}

/**
 * Settles with the call, or rejects with StoreTimeout when the call takes longer. The call itself goes on.
 *
 * The driver (7.8) waits for ever when a connection is lost between its checkout and the write of the command, and has no working overall
 * timeout. One batch that never ends would block a grouped writer for good.
 */
export async function withDeadline<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreTimeout(`the database did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same functions, each promise they return bound by a deadline. */
export function boundCalls<T extends object>(api: T, timeoutMs: number): T {
  const bound = Object.entries(api).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    return [
      name,
      (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, api, args);
        return result instanceof Promise ? withDeadline(result, timeoutMs) : result;
      },
    ];
  });
  return Object.fromEntries(bound) as T;
}
