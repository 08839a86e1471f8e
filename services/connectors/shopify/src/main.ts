import { runConnector } from '@entrepot/connector-runtime';
import { shopify } from '@entrepot/vendor-shopify';

await runConnector(shopify, { port: 7071, operationsPort: 7171 });
