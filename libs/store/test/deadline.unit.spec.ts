import { describe, expect, it } from 'vitest';
import { boundCalls, StoreTimeout, withDeadline } from '../src/deadline.ts';
import { isStoreUnavailable } from '../src/index.ts';

const never = new Promise<string>(() => {});

describe('deadlines', () => {
  it('pass on what ends in time, and tell what does not', async () => {
    expect(await withDeadline(Promise.resolve('done'), 1_000)).toBe('done');
    await expect(withDeadline(Promise.reject(new Error('refused')), 1_000)).rejects.toThrow('refused');
    const late = withDeadline(never, 10);
    await expect(late).rejects.toThrow(StoreTimeout);
    expect(isStoreUnavailable(await late.catch((error: unknown) => error))).toBe(true);
  });

  it('bind every call of an interface, and leave plain answers alone', async () => {
    const bound = boundCalls({ count: 3, find: (id: string) => `found ${id}`, load: (_id: string) => never }, 10);
    expect(bound.count).toBe(3);
    expect(bound.find('a')).toBe('found a');
    await expect(bound.load('a')).rejects.toThrow(StoreTimeout);
  });
});
