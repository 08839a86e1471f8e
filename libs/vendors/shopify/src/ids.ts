/** Kinds of Shopify objects that are asked for by id. */
export type GidType = 'Order' | 'Customer' | 'Refund' | 'Return' | 'FulfillmentOrder';

/** A numeric id as Shopify's global id. */
export function toGid(type: GidType, id: string): string {
  return `gid://shopify/${type}/${id}`;
}

/**
 * The numeric part of a global id, as text: ids exceed what a JavaScript number holds. A query part is dropped (addresses carry
 * `?model_name=…`).
 * @throws TypeError when it is no global id
 */
export function fromGid(gid: string): string {
  const match = /^gid:\/\/shopify\/\w+\/([^/?]+)(\?.*)?$/.exec(gid);
  if (match?.[1] === undefined) throw new TypeError(`"${gid}" is not a Shopify id.`);
  return match[1];
}

/** True for what can be an id of an order or a customer: digits only, so that it can be put into a global id. */
export function isNumericId(id: string): boolean {
  return /^\d{1,25}$/.test(id);
}
