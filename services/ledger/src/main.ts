import 'reflect-metadata';
import { loadVendors } from '@entrepot/vendors';
import { runLedger } from './run-ledger.ts';

await runLedger(await loadVendors());
