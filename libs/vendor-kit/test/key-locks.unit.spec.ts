import { expect, it } from 'vitest';
import { KeyLocks } from '../src/index.ts';

it('locks exclude each other per key and cannot wait in a circle', async () => {
  const locks = new KeyLocks();
  const inside = new Set<string>();
  const hold = (keys: string[]) =>
    locks.run(keys, async () => {
      for (const key of keys) expect(inside.has(key)).toBe(false);
      for (const key of keys) inside.add(key);
      await new Promise((resolve) => setImmediate(resolve));
      for (const key of keys) inside.delete(key);
    });
  await Promise.all([hold(['a', 'b']), hold(['b', 'a']), hold(['c', 'a']), hold(['b', 'c'])]);
});
