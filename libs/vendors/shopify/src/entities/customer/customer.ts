import { noSettings } from '@entrepot/vendor-kit';
import { shopEntity } from '../shop-entity.ts';
import { CHANGED_CUSTOMERS, customerQuery } from './documents.ts';
import { customerFromShopify } from './map.ts';
import type { WireCustomer } from './wire.ts';

export const customer = shopEntity('customer', {
  gidType: 'Customer',
  settings: noSettings,
  changes: CHANGED_CUSTOMERS,
  query: customerQuery,
  switches: (access) => ({ withCompanies: access.switches.withCompanies }),
  map: (wire: WireCustomer, shop) => ({ entity: customerFromShopify(wire, shop.connectionId), number: null }),
});
