import { type OutgoingRecord, type Publisher, PublishUnavailable, type RecordCoordinates } from '@entrepot/broker';
import type { Conditions } from './conditions.ts';
import type { SimProcess } from './process.ts';

const DEADLINE_MS = 1_000;

/**
 * A publisher of one process. When the broker is unavailable, it fails after its deadline; sometimes it fails for a record that was written
 * nevertheless.
 */
export function publishFrom(world: Conditions, process: SimProcess): Publisher {
  return {
    send(topic: string, record: OutgoingRecord): Promise<RecordCoordinates> {
      const { random, plan, calm, outages, logs } = world;
      if (!calm && random.chance(plan.lostAnswers)) {
        const error = new PublishUnavailable(topic, DEADLINE_MS, true);
        return process.exchange({
          effectMs: random.between(0, DEADLINE_MS),
          effect: () => {
            if (outages.broker) throw error;
            return logs.append(topic, record);
          },
          answerMs: DEADLINE_MS,
          error,
        });
      }
      if (outages.broker) {
        const error = new PublishUnavailable(topic, DEADLINE_MS, false);
        return process.exchange<RecordCoordinates>({
          effectMs: null,
          effect: () => {
            throw error;
          },
          answerMs: DEADLINE_MS,
          error,
        });
      }
      return process.call(() => {
        if (outages.broker) throw new PublishUnavailable(topic, DEADLINE_MS, true);
        return logs.append(topic, record);
      });
    },
    close: async () => {},
  };
}
