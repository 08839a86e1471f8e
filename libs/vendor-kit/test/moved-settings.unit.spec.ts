import { expect, it } from 'vitest';
import { moveSettings } from '../src/index.ts';

const MOVED = [{ from: 'policy', to: 'source.order.policy' }];

it.each([
  ['an old place', { policy: 'adjust', shop: 'a' }, { shop: 'a', source: { order: { policy: 'adjust' } } }],
  [
    'an old place beside others at the new one',
    { policy: 'adjust', source: { order: { other: 1 }, customer: {} } },
    { source: { order: { other: 1, policy: 'adjust' }, customer: {} } },
  ],
])('a setting at %s is moved', (_where, settings, expected) => {
  expect(moveSettings(MOVED, settings)).toEqual({ settings: expected, moved: MOVED, dropped: [] });
});

it.each([
  [
    'both places: the new one counts',
    { policy: 'adjust', source: { order: { policy: 'refuse' } } },
    { source: { order: { policy: 'refuse' } } },
  ],
  ['the old one, and no place for it', { policy: 'adjust', source: 'nonsense' }, { source: 'nonsense' }],
])('a setting at %s', (_where, settings, expected) => {
  expect(moveSettings(MOVED, settings)).toEqual({ settings: expected, moved: [], dropped: MOVED });
});

it('settings without it stay the very same', () => {
  const settings = { shop: 'a' };
  expect(moveSettings(MOVED, settings)).toEqual({ settings, moved: [], dropped: [] });
  expect(moveSettings(MOVED, settings).settings).toBe(settings);
});
