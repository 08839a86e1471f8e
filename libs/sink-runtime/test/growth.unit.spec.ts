import type { Broker, Consumption, ConsumptionOptions } from '@entrepot/broker';
import { VirtualClock } from '@entrepot/runtime-kit/testing';
import { createSilentLogger } from '@entrepot/service-kit';
import { describe, expect, it } from 'vitest';
import { SinkConsumers, type SinkConsumersParts } from '../src/service/consumers.ts';
import { growWithConnections } from '../src/service/growth.ts';

describe('growing with the connections', () => {
  it('is tried again by itself until topics and consumers are there', async () => {
    const clock = new VirtualClock();
    let failures = 3;
    let changed = (): void => {};
    let refreshed = 0;
    const grownTo: number[] = [];
    const mayFail = async (): Promise<void> => {
      failures -= 1;
      if (failures >= 0) throw new Error('Kafka is away');
    };
    growWithConnections(
      {
        clock,
        configuration: {
          growLanes: mayFail,
          countPartitions: () => 33,
          onConnectionChange: (listener) => {
            changed = () => listener(null, null);
            return () => {};
          },
        },
        consumers: { growTo: async (lanes) => void grownTo.push(lanes) },
        lanes: {
          refresh: () => {
            refreshed += 1;
          },
        },
        log: createSilentLogger(),
      },
      new AbortController().signal,
    );
    changed();
    await clock.drive(
      (async () => {
        while (refreshed === 0) await clock.sleep(100, new AbortController().signal);
      })(),
      60_000,
    );
    expect(grownTo).toEqual([33]);
  });

  it('leaves no consumer behind that was started by half, and starts it anew', async () => {
    let failures = 1;
    const consuming = new Set<string>();
    const consume = ({ groupId }: ConsumptionOptions): Consumption => {
      if (groupId.includes('lane') && failures > 0) {
        failures -= 1;
        throw new Error('not now');
      }
      if (consuming.has(groupId)) throw new Error(`${groupId} is consumed twice`);
      consuming.add(groupId);
      return {
        groupId,
        ready: Promise.resolve(),
        pause: () => {},
        resume: () => {},
        state: () => ({ status: 'consuming' }) as never,
        stop: async () => void consuming.delete(groupId),
      };
    };
    const consumers = new SinkConsumers({
      vendor: 'model',
      entities: ['order'],
      broker: { consume } as unknown as Broker,
      router: { vendor: 'model' },
      deliver: {},
      lanes: {},
      trimmer: {},
      fixedCount: null,
      stopDeadlineMs: 100,
    } as unknown as SinkConsumersParts);
    await expect(consumers.growTo(1)).rejects.toThrow('not now');
    expect([...consuming]).toEqual([]);
    await consumers.growTo(1);
    expect(consuming.size).toBe(2);
    await consumers.stop();
    expect([...consuming]).toEqual([]);
  });
});
