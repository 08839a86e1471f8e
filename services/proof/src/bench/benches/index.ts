import type { Bench } from '../harness/bench.ts';
import { connections } from './connections.ts';
import { dispatcher } from './dispatcher.ts';
import { footprint } from './footprint.ts';
import { growthConnections } from './growth-connections.ts';
import { growthMessages } from './growth-messages.ts';
import { ingest } from './ingest.ts';
import { latency } from './latency.ts';
import { ledgerEvents } from './ledger-events.ts';
import { ledgerLife } from './ledger-life.ts';
import { pipeline } from './pipeline.ts';
import { scaleOut } from './scale-out.ts';
import { sink } from './sink.ts';

export const BENCHES: readonly Bench[] = [
  ingest,
  latency,
  sink,
  connections,
  scaleOut,
  dispatcher,
  ledgerEvents,
  ledgerLife,
  growthMessages,
  growthConnections,
  pipeline,
  footprint,
];
