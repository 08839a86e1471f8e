import { buildSchema, type GraphQLSchema } from 'graphql';
import { AFTER_SALE_SDL } from './after-sale-types.ts';
import { BASICS_SDL } from './basics.ts';
import { CODES_SDL } from './codes.ts';
import { CUSTOMER_SDL } from './customer-types.ts';
import { MUTATIONS_SDL, QUERY_SDL } from './mutations.ts';
import { ORDER_SDL } from './order-types.ts';
import { COMPANY_SDL } from './types/companies.ts';
import { CUSTOMER_CARE_SDL } from './types/customers.ts';
import { FULFILLMENT_SDL } from './types/fulfillment.ts';
import { HISTORY_SDL } from './types/history.ts';
import { RETURN_SDL } from './types/returns.ts';
import { WEBHOOK_SDL } from './types/webhooks.ts';
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
