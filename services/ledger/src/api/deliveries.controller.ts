import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound } from '../problem.ts';
import { endForPerson } from '../reprocess/end-delivery.ts';
import { requestRetry } from '../reprocess/requests.ts';
import {
  type DeliveriesQuery,
  deliveriesQuery,
  deliveryDetailSchema,
  deliverySchema,
  operationSchema,
  type ReasonBody,
  type RetryDeliveryBody,
  reasonBody,
  retryDeliveryBody,
} from './delivery.schemas.ts';
import { findDeliveries } from './queries.ts';
import { viewDelivery, viewDeliveryDetail, viewOperation } from './views.ts';

@ApiTags('deliveries')
@ApiBearerAuth()
@Controller('v1/deliveries')
export class DeliveriesController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @ApiOperation({
    summary: 'Deliveries, newest first',
    description: 'One row per event and flow, with its state and the reason for it.',
  })
  @ApiZodQuery(deliveriesQuery)
  @ApiZodResponse(200, 'A page of deliveries', pageOf(deliverySchema))
  async list(@Query(new ZodPipe(deliveriesQuery)) query: DeliveriesQuery) {
    const page = this.ledger.lists.open('deliveries', query);
    const rows = await findDeliveries(this.ledger.store, query, page.after);
    const contexts = await this.ledger.deliveryContexts(rows);
    return page.toPage(
      rows,
      (row) => [row._id],
      (row) => viewDelivery(row, contexts(row)),
    );
  }

  @Get(':id')
  @ApiOperation({
    summary: 'One delivery',
    description:
      'With every attempt (request and answer, secrets and card data masked), the canonical record and its retries.',
  })
  @ApiZodResponse(200, 'The delivery', deliveryDetailSchema)
  @ApiProblems(404)
  async show(@Param('id') id: string) {
    const delivery = await this.ledger.store.deliveries.findOne({ _id: id });
    if (delivery === null) throw notFound('delivery', id);
    const [message, contexts, operations] = await Promise.all([
      this.ledger.store.messages.findOne({ eventId: delivery.eventId }),
      this.ledger.deliveryContexts([delivery]),
      this.ledger.store.operations.find({ deliveryId: id }).sort({ _id: -1 }).limit(50).toArray(),
    ]);
    const shown = await this.ledger.showPayload(message);
    return viewDeliveryDetail(delivery, contexts(delivery), message, shown, operations);
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({
    summary: 'Retry a delivery',
    description: 'refresh fetches the record from its source first; as-is sends the stored state again.',
  })
  @ApiZodBody(retryDeliveryBody)
  @ApiZodResponse(202, 'The operation; look it up until it has ended', operationSchema)
  @ApiProblems(404, 409)
  async retry(
    @Param('id') id: string,
    @Body(new ZodPipe(retryDeliveryBody)) body: RetryDeliveryBody,
    @Req() request: ActingRequest,
  ) {
    return this.ledger.audited(
      request.actor,
      'delivery.retry',
      id,
      body.reason,
      { mode: body.mode, force: body.force, createAnew: body.createAnew ?? [] },
      async (by) => viewOperation(await requestRetry(this.ledger.requests, id, { ...body, requestedBy: by })),
    );
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({
    summary: 'Discard a delivery',
    description: 'It is not wanted in the target; nothing is sent for this version any more.',
  })
  @ApiZodBody(reasonBody)
  @ApiZodResponse(200, 'The delivery', deliverySchema)
  @ApiProblems(404, 409)
  discard(@Param('id') id: string, @Body(new ZodPipe(reasonBody)) body: ReasonBody, @Req() request: ActingRequest) {
    return this.end(id, 'discarded', body.reason, request);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({
    summary: 'Resolve a delivery by hand',
    description: 'A person has done in the target what it asked for.',
  })
  @ApiZodBody(reasonBody)
  @ApiZodResponse(200, 'The delivery', deliverySchema)
  @ApiProblems(404, 409)
  resolve(@Param('id') id: string, @Body(new ZodPipe(reasonBody)) body: ReasonBody, @Req() request: ActingRequest) {
    return this.end(id, 'resolved', body.reason, request);
  }

  private async end(id: string, kind: 'discarded' | 'resolved', reason: string, request: ActingRequest) {
    const ended = await endForPerson(this.ledger, request.actor, id, kind, reason);
    const contexts = await this.ledger.deliveryContexts([ended]);
    return viewDelivery(ended, contexts(ended));
  }
}
