/** What the shop notes of an order as it goes. */
export const HISTORY_SDL = /* GraphQL */ `
scalar FormattedString
enum EventSortKeys { CREATED_AT ID }
enum EventSubjectType {
  ARTICLE BLOG COLLECTION COMMENT COMPANY COMPANY_LOCATION CUSTOMER DISCOUNT_AUTOMATIC_BXGY DISCOUNT_AUTOMATIC_NODE DISCOUNT_CODE_NODE DISCOUNT_NODE
  DRAFT_ORDER INVENTORY_TRANSFER ORDER PAGE PRICE_RULE PRODUCT PRODUCT_VARIANT UNKNOWN
}
interface Event {
  id: ID! action: String! appTitle: String attributeToApp: Boolean! attributeToUser: Boolean! createdAt: DateTime! criticalAlert: Boolean!
  message: FormattedString!
}
interface HasEvents {
  events(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, sortKey: EventSortKeys = ID, query: String
  ): EventConnection!
}
type BasicEvent implements Event & Node {
  id: ID! action: String! appTitle: String attributeToApp: Boolean! attributeToUser: Boolean! createdAt: DateTime! criticalAlert: Boolean!
  message: FormattedString! secondaryMessage: FormattedString author: String additionalContent: JSON additionalData: JSON arguments: JSON
  hasAdditionalContent: Boolean! subject: HasEvents subjectId: ID! subjectType: EventSubjectType!
}
type EventEdge { cursor: String! node: Event! }
type EventConnection { edges: [EventEdge!]! nodes: [Event!]! pageInfo: PageInfo! }
extend type Order implements HasEvents {
  events(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, sortKey: EventSortKeys = ID, query: String
  ): EventConnection!
}
`;
