import { buildSchema, type GraphQLSchema } from 'graphql';
import { COMPANY_SDL } from '../companies/api/types.ts';
import { CUSTOMER_CARE_SDL } from '../customers/api/types.ts';
import { FULFILLMENT_SDL } from '../fulfillment/api/types.ts';
import { HISTORY_SDL } from '../history/types.ts';
import { RETURN_SDL } from '../returns/api/types.ts';
import { WEBHOOK_SDL } from '../webhooks/subscriptions/types.ts';
import { AFTER_SALE_SDL } from './after-sale-types.ts';
import { BASICS_SDL } from './basics.ts';
import { CODES_SDL } from './codes.ts';
import { CUSTOMER_SDL } from './customer-types.ts';
import { MUTATIONS_SDL, QUERY_SDL } from './mutations.ts';
import { ORDER_SDL } from './order-types.ts';
import { type KnownVersion, NEWEST_VERSION, textOfVersion } from './versions.ts';

const ALL_SDL = [
  BASICS_SDL,
  CODES_SDL,
  ORDER_SDL,
  AFTER_SALE_SDL,
  FULFILLMENT_SDL,
  CUSTOMER_SDL,
  COMPANY_SDL,
  RETURN_SDL,
  HISTORY_SDL,
  WEBHOOK_SDL,
  CUSTOMER_CARE_SDL,
  MUTATIONS_SDL,
  QUERY_SDL,
].join('\n');
const schemas = new Map<KnownVersion, GraphQLSchema>();

/** The part of the Admin API's schema that the sandbox knows, as a version has it. */
export function buildAdminSchema(version: KnownVersion = NEWEST_VERSION): GraphQLSchema {
  const built = schemas.get(version) ?? buildSchema(textOfVersion(ALL_SDL, version));
  schemas.set(version, built);
  return built;
}
