import type { Bench } from '../harness/bench.ts';
import { dispatcher } from './dispatcher.ts';
import { footprint } from './footprint.ts';
import { ingest } from './ingest.ts';
import { latency } from './latency.ts';
import { ledgerEvents } from './ledger-events.ts';
import { pipeline } from './pipeline.ts';

export const BENCHES: readonly Bench[] = [ingest, latency, dispatcher, ledgerEvents, pipeline, footprint];
