import 'reflect-metadata';
import { runSink } from '@entrepot/sink-runtime';
import { sapB1 } from '@entrepot/vendor-sap-b1';

await runSink(sapB1, { defaultPort: 7081 });
