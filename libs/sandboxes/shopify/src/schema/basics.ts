/** Scalars, money and what many types share. Names and shapes are the Admin API's; only what Entrepot uses is here. */
export const BASICS_SDL = /* GraphQL */ `
scalar DateTime
scalar Decimal
scalar JSON
scalar Money
scalar UnsignedInt64
scalar URL

interface Node { id: ID! }
interface DisplayableError { field: [String!] message: String! }

type UserError implements DisplayableError { field: [String!] message: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
type MoneyBag { shopMoney: MoneyV2! presentmentMoney: MoneyV2! }
type Attribute { key: String! value: String }
type Count { count: Int! precision: CountPrecision! }
enum CountPrecision { EXACT AT_LEAST }
enum WeightUnit { GRAMS KILOGRAMS OUNCES POUNDS }
type Weight { unit: WeightUnit! value: Float! }

type Metafield implements Node { id: ID! namespace: String! key: String! value: String! type: String! compareDigest: String! createdAt: DateTime! updatedAt: DateTime! }
type MetafieldEdge { cursor: String! node: Metafield! }
type MetafieldConnection { edges: [MetafieldEdge!]! nodes: [Metafield!]! pageInfo: PageInfo! }

type MailingAddress implements Node {
  id: ID! firstName: String lastName: String name: String company: String address1: String address2: String city: String
  province: String provinceCode: String zip: String country: String countryCodeV2: CountryCode phone: String
}
type MailingAddressEdge { cursor: String! node: MailingAddress! }
type MailingAddressConnection { edges: [MailingAddressEdge!]! nodes: [MailingAddress!]! pageInfo: PageInfo! }

input MoneyInput { amount: Decimal! currencyCode: CurrencyCode! }
input MoneyBagInput { shopMoney: MoneyInput! presentmentMoney: MoneyInput }
input AttributeInput { key: String! value: String! }
input WeightInput { unit: WeightUnit! value: Float! }
input MetafieldInput { id: ID namespace: String key: String value: String type: String }
input MailingAddressInput {
  firstName: String lastName: String company: String address1: String address2: String city: String
  province: String @deprecated(reason: "Use \`provinceCode\` instead.") provinceCode: String zip: String
  country: String @deprecated(reason: "Use \`countryCode\` instead.") countryCode: CountryCode phone: String
}

type Shop implements Node { id: ID! name: String! myshopifyDomain: String! email: String! currencyCode: CurrencyCode! ianaTimezone: String! plan: ShopPlan! taxesIncluded: Boolean! }
type ShopPlan { displayName: String! @deprecated(reason: "Use \`publicDisplayName\` instead.") publicDisplayName: String! shopifyPlus: Boolean! partnerDevelopment: Boolean! }
type AccessScope { handle: String! description: String! }
type App implements Node { id: ID! title: String! }
type AppInstallation implements Node { id: ID! accessScopes: [AccessScope!]! app: App! }

enum ProductStatus { ACTIVE ARCHIVED DRAFT UNLISTED }
type Product implements Node {
  id: ID! legacyResourceId: UnsignedInt64! title: String! handle: String! status: ProductStatus! vendor: String! createdAt: DateTime! updatedAt: DateTime!
  variants(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ProductVariantConnection!
}
type ProductEdge { cursor: String! node: Product! }
type ProductConnection { edges: [ProductEdge!]! nodes: [Product!]! pageInfo: PageInfo! }
type ProductVariant implements Node {
  id: ID! legacyResourceId: UnsignedInt64! title: String! displayName: String! sku: String
  barcode: String # until 2026-07
  barcode: String @deprecated(reason: "Use \`barcodes\` instead.") # from 2026-10
  barcodes(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ProductVariantBarcodeConnection! # from 2026-10
  price: Money! taxable: Boolean!
  product: Product! inventoryItem: InventoryItem! createdAt: DateTime! updatedAt: DateTime!
}
type InventoryItemMeasurement implements Node { id: ID! weight: Weight }
type InventoryItemEdge { cursor: String! node: InventoryItem! }
type InventoryItemConnection { edges: [InventoryItemEdge!]! nodes: [InventoryItem!]! pageInfo: PageInfo! }
extend type QueryRoot {
  inventoryItem(id: ID!): InventoryItem
  inventoryItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String): InventoryItemConnection!
}
type InventoryItem implements Node {
  id: ID! legacyResourceId: UnsignedInt64! sku: String tracked: Boolean! requiresShipping: Boolean! createdAt: DateTime! updatedAt: DateTime!
  unitCost: MoneyV2 measurement: InventoryItemMeasurement! duplicateSkuCount: Int!
  countryCodeOfOrigin: CountryCode provinceCodeOfOrigin: String harmonizedSystemCode: String
  variant: ProductVariant! @deprecated(reason: "Use \`variants\` instead.")
  variants(first: Int, after: String, last: Int, before: String): ProductVariantConnection
}
enum BarcodeType { ASIN EAN GTIN ISBN UPC } # from 2026-10
type ProductVariantBarcode { type: BarcodeType value: String! } # from 2026-10
type ProductVariantBarcodeEdge { cursor: String! node: ProductVariantBarcode! } # from 2026-10
type ProductVariantBarcodeConnection { edges: [ProductVariantBarcodeEdge!]! nodes: [ProductVariantBarcode!]! pageInfo: PageInfo! } # from 2026-10
type ProductVariantEdge { cursor: String! node: ProductVariant! }
type ProductVariantConnection { edges: [ProductVariantEdge!]! nodes: [ProductVariant!]! pageInfo: PageInfo! }

type ApiVersion { displayName: String! handle: String! supported: Boolean! }
`;
