import type { GaugeMetric, Logger } from '@entrepot/service-kit';
import { OPEN_STATES } from '../states/delivery.ts';
import type { LedgerStore } from './collections.ts';

const EVERY_MS = 30_000;

/** Keeps the gauge of open deliveries, by state. @returns stops it */
export function watchOpenDeliveries(
  store: LedgerStore,
  gauge: GaugeMetric<'entrepot_deliveries_open'>,
  log: Logger,
): () => void {
  const count = async (): Promise<void> => {
    for (const state of OPEN_STATES) gauge.set({ state }, await store.deliveries.countDocuments({ state }));
  };
  const run = () => void count().catch((err: unknown) => log.debug({ err }, 'open deliveries not counted'));
  run();
  const timer = setInterval(run, EVERY_MS).unref();
  return () => clearInterval(timer);
}
