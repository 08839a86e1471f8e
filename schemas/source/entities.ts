import { Customer } from './customer.ts';
import { Inventory, InventoryAdjustment } from './inventory.ts';
import { Invoice } from './invoice.ts';
import type { RecordShape } from './notation.ts';
import { Order } from './order.ts';
import { Price } from './price.ts';
import { Product } from './product.ts';
import { ProductCategory } from './product-category.ts';
import { Shipment } from './shipment.ts';

/** Every entity, by the name that its folder, its topic and its registry subject carry. */
export const entities: Readonly<Record<string, RecordShape>> = {
  order: Order,
  customer: Customer,
  product: Product,
  'product-category': ProductCategory,
  price: Price,
  inventory: Inventory,
  'inventory-adjustment': InventoryAdjustment,
  shipment: Shipment,
  invoice: Invoice,
};
