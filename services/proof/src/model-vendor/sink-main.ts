import 'reflect-metadata';
import { runSink } from '@entrepot/sink-runtime';
import { SINK_PORT } from './ports.ts';
import { model } from './vendor.ts';

await runSink(model, { defaultPort: SINK_PORT });
