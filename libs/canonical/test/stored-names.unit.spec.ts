import { describe, expect, it } from 'vitest';
import {
  commandGroupId,
  ENTITY_NAMES,
  entityTopic,
  eventKey,
  externalReference,
  formatEventHeaders,
  formatLaneHeaders,
  inboxGroupId,
  LEDGER_GROUP,
  laneGroupId,
  listConnectorTopics,
  listSharedTopics,
  listSinkTopics,
  routerGroupId,
} from '../src/index.ts';

/**
 * Names that stand in brokers since 0.1.0. A topic, group or key under another name would begin empty beside the old one: what waits in the old
 * would be lost, and what was read would be read again.
 */
describe('names that stand in brokers since 0.1.0', () => {
  it('are the topics with their partitions, onto which keys hash', () => {
    const declared = [...listSharedTopics(), ...listConnectorTopics('shopify'), ...listSinkTopics('sap-b1')];
    expect(declared.map(({ name, partitions }) => `${name} ${partitions}`)).toEqual([
      'entrepot.customer.v1 12',
      'entrepot.product.v1 12',
      'entrepot.order.v1 12',
      'entrepot.inventory.v1 12',
      'entrepot.shipment.v1 12',
      'entrepot.invoice.v1 12',
      'entrepot.product-category.v1 12',
      'entrepot.price.v1 12',
      'entrepot.inventory-adjustment.v1 12',
      'entrepot.internal.attempt.v1 12',
      'entrepot.internal.unmapped.v1 12',
      'entrepot.internal.inbox.shopify 12',
      'entrepot.internal.command.shopify 12',
      'entrepot.internal.lane.sap-b1 1',
      'entrepot.internal.bulk.sap-b1 1',
    ]);
  });

  it('are the groups', () => {
    expect([
      LEDGER_GROUP,
      routerGroupId('sap-b1'),
      laneGroupId('sap-b1'),
      inboxGroupId('shopify'),
      commandGroupId('shopify'),
    ]).toEqual([
      'entrepot.ledger',
      'entrepot.sink.sap-b1',
      'entrepot.lane.sap-b1',
      'entrepot.connector.shopify.inbox',
      'entrepot.connector.shopify.commands',
    ]);
  });

  it('are the keys, and the references that documents in targets carry', () => {
    expect(eventKey('shop', 'gid://shopify/Order/1')).toBe('shop/gid://shopify/Order/1');
    expect(externalReference('shop', '1')).toBe('shop/1');
    expect(externalReference('shop', 'a/b%', 'payment', 'p/1')).toBe('shop/a%2Fb%25/payment/p%2F1');
  });

  it('are the headers of events', () => {
    const headers = formatEventHeaders({
      eventId: 'e',
      entity: 'order',
      connection: 'shop',
      vendor: 'shopify',
      sourceId: '1',
      number: '#1',
      version: 2,
      contentHash: 'h',
      publishedAtMicros: 3,
      deleted: true,
      snapshot: true,
      repeats: null,
      origin: 'erp',
      traceparent: 't',
    });
    expect(Object.keys(headers)).toEqual([
      'ce_specversion',
      'ce_id',
      'ce_source',
      'ce_type',
      'ce_subject',
      'ce_time',
      'ce_dataschema',
      'content-type',
      'entrepot_connection',
      'entrepot_vendor',
      'entrepot_version',
      'entrepot_hash',
      'entrepot_published',
      'entrepot_number',
      'entrepot_deleted',
      'entrepot_snapshot',
      'entrepot_origin',
      'traceparent',
    ]);
  });

  it('are the headers of lane records, which wait for days where a target is down', () => {
    const again = { attempt: 2, force: true, createAnew: ['shop/1'], operationId: 'o', routedAtMicros: null };
    expect(formatLaneHeaders({ deliveryId: 'd', flow: 'f', flowRevision: 1, to: 'erp', ...again })).toEqual({
      entrepot_delivery: 'd',
      entrepot_flow: 'f',
      entrepot_flow_revision: '1',
      entrepot_to: 'erp',
      entrepot_attempt: '2',
      entrepot_force: 'true',
      entrepot_create_anew: '["shop/1"]',
      entrepot_operation: 'o',
    });
  });

  it('are one topic an entity', () => {
    expect(ENTITY_NAMES.map(entityTopic)).toEqual(
      listSharedTopics()
        .slice(0, 9)
        .map(({ name }) => name),
    );
  });
});
