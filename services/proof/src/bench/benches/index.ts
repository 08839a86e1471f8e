import type { Bench } from '../harness/bench.ts';
import { dispatcher } from './dispatcher.ts';
import { footprint } from './footprint.ts';
import { ingest } from './ingest.ts';
import { latency } from './latency.ts';
import { pipeline } from './pipeline.ts';

export const BENCHES: readonly Bench[] = [ingest, latency, dispatcher, pipeline, footprint];
