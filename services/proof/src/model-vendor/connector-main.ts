import { runConnector } from '@entrepot/connector-runtime';
import { CONNECTOR_PORTS } from './ports.ts';
import { model } from './vendor.ts';

await runConnector(model, CONNECTOR_PORTS);
