import 'reflect-metadata';
import { sapB1 } from '@entrepot/vendor-sap-b1';
import { shopify } from '@entrepot/vendor-shopify';
import { runLedger } from './run-ledger.ts';

await runLedger([shopify, sapB1]);
