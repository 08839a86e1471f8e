import { createSilentLogger } from '@entrepot/service-kit';
import { expect, it } from 'vitest';
import { type RepublisherOptions, startRepublisher } from '../src/republish/republisher.ts';

it('goes on after an error of any kind', async () => {
  let looks = 0;
  const done = new Promise<void>((resolve) => {
    const options = {
      vendor: 'shop',
      entities: ['order'],
      perSecond: 1,
      lookMs: 1,
      log: createSilentLogger(),
      signal: new AbortController().signal,
      store: {
        republications: {
          get: async () => null,
          begin: async () => {
            resolve();
            return { doneAt: new Date() };
          },
        },
      },
      broker: {
        endOffsets: async () => {
          looks += 1;
          if (looks === 1) throw new TypeError('as a Kafka client throws it');
          return new Map([[0, 0n]]);
        },
      },
    } as unknown as RepublisherOptions;
    startRepublisher(options);
  });
  await done;
  expect(looks).toBe(2);
});
