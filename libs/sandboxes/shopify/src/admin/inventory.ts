import type { RequestContext } from '../graphql/context.ts';
import { searchId, searchItems, searchText, searchTime } from '../graphql/search/search.ts';
import { findInventoryItem, listInventoryItems } from '../products/view.ts';

type Item = ReturnType<typeof listInventoryItems>[number];

export const INVENTORY_QUERIES: Readonly<
  Record<string, (args: Record<string, unknown>, context: RequestContext) => unknown>
> = {
  inventoryItem: (args, { store }) => findInventoryItem(store, String(args.id)),
  inventoryItems: (args, context) =>
    searchItems(context, 'inventoryItems', listInventoryItems(context.store), args.query, {
      id: searchId((item: Item) => String(item.legacyResourceId)),
      sku: searchText((item: Item) => [String(item.sku)]),
      created_at: searchTime((item: Item) => String(item.createdAt)),
      updated_at: searchTime((item: Item) => String(item.updatedAt)),
    }),
};
