import { createSilentLogger } from '@entrepot/service-kit';
import type { Connection } from '@entrepot/store';
import { expect, it, vi } from 'vitest';
import { createAttention } from '../src/sources/attention.ts';

/** @param failures how often the database is away before it notes something */
function setUp(failures = 0) {
  let shown: string | null = null;
  const noted: (string | null)[] = [];
  const attention = createAttention(
    {
      find: () => ({ attention: shown }) as Connection,
      setAttention: async (_id, message) => {
        failures -= 1;
        if (failures >= 0) throw Object.assign(new Error('down'), { retriable: true });
        shown = message;
        noted.push(message);
      },
    },
    createSilentLogger(),
    new AbortController().signal,
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    attention,
    noted,
    set: (message: string | null) => {
      shown = message;
    },
    read: async () => {
      await settle();
      return shown;
    },
  };
}

it('shows what several topics say together, and takes back each by itself', async () => {
  const { attention, read } = setUp();
  attention.raise('shop', 'webhook', 'Erase a customer.');
  attention.raise('shop', 'sign-in', 'The token was refused.');
  expect(await read()).toBe('Erase a customer. The token was refused.');
  attention.raise('shop', 'sign-in', null);
  expect(await read()).toBe('Erase a customer.');
  attention.raise('shop', 'poll order', null);
  expect(await read()).toBe('Erase a customer.');
});

it('tells again what is still wrong after a person has settled it', async () => {
  const { attention, set, read } = setUp();
  attention.raise('shop', 'sign-in', 'The token was refused.');
  expect(await read()).toBe('The token was refused.');
  set(null);
  attention.forget('shop');
  attention.raise('shop', 'sign-in', 'The token was refused.');
  expect(await read()).toBe('The token was refused.');
});

it('tells it when the database is back, and what was raised last stays', async () => {
  const { attention, read } = setUp(2);
  attention.raise('shop', 'sign-in', 'The token was refused.');
  attention.raise('shop', 'webhook', 'Erase a customer.');
  expect(await read()).toBeNull();
  await vi.waitFor(async () => expect(await read()).toBe('The token was refused. Erase a customer.'), 5_000);
});

it('does not tell what a person has settled while the database was away', async () => {
  const { attention, noted, read } = setUp(1);
  attention.raise('shop', 'sign-in', 'The token was refused.');
  await read();
  attention.forget('shop');
  attention.raise('shop', 'webhook', 'Erase a customer.');
  await vi.waitFor(() => expect(noted).toEqual(['Erase a customer.']), 5_000);
});

it('leaves what somebody else has said', async () => {
  const { attention, set, read } = setUp();
  attention.raise('shop', 'sign-in', 'The token was refused.');
  await read();
  set('Said by another.');
  attention.raise('shop', 'sign-in', null);
  expect(await read()).toBe('Said by another.');
});
