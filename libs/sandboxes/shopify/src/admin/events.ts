import type { RequestContext } from '../graphql/context.ts';
import { searchId, searchItems, searchText, searchTime } from '../graphql/search/search.ts';
import type { EventState, OrderState } from '../state.ts';
import { numericId } from '../store.ts';

/** How an event shows the order that it is of. */
type ShowOrder = () => unknown;

/** The history of an order, the oldest first: events come in the order of their ids, which is also that of their times. */
export function listEvents(
  context: RequestContext,
  order: OrderState,
  query: unknown,
  show: ShowOrder,
): Record<string, unknown>[] {
  return searchItems(context, 'events', order.events, query, {
    action: searchText((event: EventState) => [event.action]),
    // There are no comments, so that with them and without them is the same.
    comments: () => true,
    created_at: searchTime((event: EventState) => event.createdAt),
    id: searchId((event: EventState) => numericId(event.id)),
    subject_type: searchText(() => ['ORDER']),
  }).map((event) => viewEvent(order, event, show));
}

export function viewEvent(order: OrderState, event: EventState, show: ShowOrder): Record<string, unknown> {
  return {
    __typename: 'BasicEvent',
    ...event,
    appTitle: 'Online Store',
    attributeToApp: true,
    attributeToUser: false,
    author: null,
    criticalAlert: false,
    additionalContent: null,
    additionalData: null,
    arguments: [],
    hasAdditionalContent: false,
    secondaryMessage: null,
    subject: show,
    subjectId: order.id,
    subjectType: 'ORDER',
  };
}
