import { ENTITY_NAMES } from '@entrepot/canonical';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../../edge/zod-http.ts';
import { LEDGER } from '../../injection.ts';
import type { Ledger } from '../../ledger.ts';
import { maskedForViewers } from '../../masking/viewer-masks.ts';
import { maskQuotes, maskReason, withhold } from '../../masking/viewer-words.ts';
import { IMPORT_STATUSES } from '../../states/source-record.ts';
import { type OpenList, pageQuery } from '../paging.ts';
import { viewRecord, viewSkipped } from '../views.ts';
import { findRows, type Place } from './record-rows.ts';
import { findSkipped } from './skipped.ts';

const rowsFilter = {
  status: z.enum(IMPORT_STATUSES).optional().describe('open, attention (a person is needed), imported, not-wanted'),
  connection: z.string().optional().describe('Where the records come from'),
  q: z.string().optional().describe('Business number, or id in the source or the target'),
};
const recordsQuery = z.strictObject({
  ...pageQuery,
  entity: z.enum(ENTITY_NAMES).describe('Whose records'),
  ...rowsFilter,
});
const ordersQuery = z.strictObject({ ...pageQuery, ...rowsFilter });
const skippedQuery = z.strictObject({
  ...pageQuery,
  entity: z.enum(ENTITY_NAMES).optional(),
  flow: z.string().optional().describe('Id of the flow that left them out'),
  connection: z.string().optional().describe('Where the records come from'),
  reasonCode: z.string().optional().describe('As the rows give it, e.g. `flow-inactive`'),
});

type RecordsQuery = z.infer<typeof recordsQuery>;
type OrdersQuery = z.infer<typeof ordersQuery>;
type SkippedQuery = z.infer<typeof skippedQuery>;

const recordSchema = z.object({
  entity: z.enum(ENTITY_NAMES),
  connection: z.string(),
  id: z.string(),
  number: z.string().nullable(),
  status: z.enum(IMPORT_STATUSES),
  version: z.number().nullable(),
  deleted: z.boolean(),
  unmapped: z
    .object({ messageId: z.string(), message: maskedForViewers(z.string(), withhold), at: z.iso.datetime() })
    .nullable(),
  targets: z.array(
    z.object({
      flow: z.string(),
      to: z.string(),
      deliveryId: z.string(),
      version: z.number(),
      state: z.string(),
      reason: maskedForViewers(z.string(), maskReason).nullable(),
      targetId: z.string().nullable(),
      targetNumber: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
  firstSeenAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const skippedSchema = z.object({
  entity: z.enum(ENTITY_NAMES),
  connection: z.string(),
  sourceId: z.string(),
  number: z.string().nullable(),
  version: z.number(),
  flow: z.string(),
  to: z.string(),
  deliveryId: z.string(),
  reason: maskedForViewers(z.string(), maskQuotes).nullable(),
  reasonCode: z.string().nullable(),
  at: z.iso.datetime(),
});

@ApiTags('records')
@ApiBearerAuth()
@Controller('v1')
export class RecordsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('records')
  @ApiOperation({
    summary: 'Records of an entity with their import status',
    description: 'One row a source record: how its newest state stands in each target. The last changed first.',
  })
  @ApiZodQuery(recordsQuery)
  @ApiZodResponse(200, 'A page of records', pageOf(recordSchema))
  records(@Query(new ZodPipe(recordsQuery)) query: RecordsQuery) {
    return this.list(query, this.ledger.lists.open('records', query));
  }

  @Get('orders')
  @ApiOperation({
    summary: 'Orders with their import status',
    description: 'As `/v1/records?entity=order`.',
  })
  @ApiZodQuery(ordersQuery)
  @ApiZodResponse(200, 'A page of orders', pageOf(recordSchema))
  orders(@Query(new ZodPipe(ordersQuery)) query: OrdersQuery) {
    return this.list({ ...query, entity: 'order' }, this.ledger.lists.open('orders', query));
  }

  @Get('skipped')
  @ApiOperation({
    summary: 'Records that flows left out, each with the reason',
    description:
      'A row for each record and flow whose newest state is not delivered because the flow does not want it (its filter, its gate, switched off …). The last skipped first. One that a later version brings in is no longer listed.',
  })
  @ApiZodQuery(skippedQuery)
  @ApiZodResponse(200, 'A page of skipped records', pageOf(skippedSchema))
  async skipped(@Query(new ZodPipe(skippedQuery)) query: SkippedQuery) {
    const page = this.ledger.lists.open('skipped', query);
    const rows = await findSkipped(this.ledger.store, { ...query, after: placeOf(page), limit: query.limit + 1 });
    return page.toPage(rows, ({ updatedAt, _id }) => [updatedAt.toISOString(), _id], viewSkipped);
  }

  private async list({ entity, status, connection, q, limit }: RecordsQuery, page: OpenList) {
    const wanted = { entity, status, connection, q, after: placeOf(page), limit: limit + 1 };
    const rows = await findRows(this.ledger.store, wanted);
    return page.toPage(
      rows,
      ({ place }) => [place.at.toISOString(), place.id],
      ({ record }) => viewRecord(record),
    );
  }
}

function placeOf({ after }: OpenList): Place | null {
  const [at, id] = after ?? [];
  return at === undefined || id === undefined ? null : { at: new Date(at), id };
}
