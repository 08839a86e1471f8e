/** The database did not answer in time: whether a write was applied is unknown. */
export class StoreTimeout extends Error {
  override readonly name = 'StoreTimeout';
}

/**
 * The call's own end, or StoreTimeout when it takes longer. The call itself goes on.
 *
 * Needed because the driver (7.8) waits for ever when a connection is lost between its checkout and the write of the command, has no
 * working overall timeout, and one batch that never ends would stop a grouped writer for good.
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
