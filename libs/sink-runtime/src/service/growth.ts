import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { Lanes } from '../lane/lanes.ts';
import type { SinkConfiguration } from './adapters.ts';
import type { SinkConsumers } from './consumers.ts';

const RETRY_MS = 2_000;

export interface GrowthParts {
  readonly clock: Clock;
  readonly configuration: Pick<SinkConfiguration, 'growLanes' | 'countPartitions' | 'onConnectionChange'>;
  readonly consumers: Pick<SinkConsumers, 'growTo'>;
  readonly lanes: Pick<Lanes, 'refresh'>;
  readonly log: Logger;
}

/**
 * Grows lane topics, consumers and lanes with the connections. What fails (Kafka is away) is tried again until it succeeds or `signal`
 * aborts: no other connection need ever be changed, which would be the next occasion.
 * @returns ends it
 */
export function growWithConnections(parts: GrowthParts, signal: AbortSignal): () => void {
  const { clock, configuration, consumers, lanes, log } = parts;
  let growing = false;
  let wanted = false;

  async function grow(): Promise<void> {
    wanted = true;
    if (growing) return;
    growing = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      try {
        await configuration.growLanes();
        await consumers.growTo(configuration.countPartitions());
        lanes.refresh();
      } catch (error) {
        wanted = true;
        log.warn({ err: error, retryInMs: RETRY_MS }, 'lanes could not be grown; it is tried again');
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
    growing = false;
  }

  return configuration.onConnectionChange(() => void grow());
}
