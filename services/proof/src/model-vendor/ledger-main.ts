import 'reflect-metadata';
import { loadVendors } from '@entrepot/vendors';
import { runLedger } from '../../../ledger/src/run-ledger.ts';
import { model } from './vendor.ts';

await runLedger([...(await loadVendors()), model]);
