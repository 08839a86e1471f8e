import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound, Problem } from '../problem.ts';
import { refreshRecord } from '../reprocess/refresh-record.ts';
import {
  type MessagesQuery,
  messageSchema,
  messagesQuery,
  payloadFields,
  type ReasonBody,
  reasonBody,
} from './delivery.schemas.ts';
import { findDeliveriesOf, findMessages } from './queries.ts';
import { viewMessage } from './views.ts';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('v1')
export class MessagesController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('messages')
  @ApiOperation({
    summary: 'Messages, newest first',
    description: 'Events as published, and source records that could not become one.',
  })
  @ApiZodQuery(messagesQuery)
  @ApiZodResponse(200, 'A page of messages', pageOf(messageSchema))
  async list(@Query(new ZodPipe(messagesQuery)) query: MessagesQuery) {
    const page = this.ledger.lists.open('messages', query);
    const rows = await findMessages(this.ledger.store, query, page.after);
    const deliveries = await findDeliveriesOf(this.ledger.store, rows);
    return page.toPage(
      rows,
      (row) => [row._id],
      (row) => viewMessage(row, deliveries.get(row.eventId ?? '') ?? []),
    );
  }

  @Get('messages/:id')
  @ApiOperation({ summary: 'One message', description: 'By its id or its event id; with the canonical record.' })
  @ApiZodResponse(200, 'The message', messageSchema.extend(payloadFields))
  @ApiProblems(404)
  async show(@Param('id') id: string) {
    const message = await this.ledger.store.messages.findOne({ $or: [{ _id: id }, { eventId: id }] });
    if (message === null) throw notFound('message', id);
    const deliveries = await findDeliveriesOf(this.ledger.store, [message]);
    return {
      ...viewMessage(message, deliveries.get(message.eventId ?? '') ?? []),
      ...(await this.ledger.showPayload(message)),
    };
  }

  @Post('messages/:id/refresh')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({
    summary: 'Fetch the record again',
    description: 'The connector reads it from its source and publishes it if it changed; repairs unmapped messages.',
  })
  @ApiZodBody(reasonBody)
  @ApiZodResponse(202, 'The command sent', z.object({ commandId: z.string() }))
  @ApiProblems(404, 409)
  async refresh(
    @Param('id') id: string,
    @Body(new ZodPipe(reasonBody)) body: ReasonBody,
    @Req() request: ActingRequest,
  ) {
    return this.ledger.audited(request.actor, 'message.refresh', id, body.reason, {}, async (by) => {
      const message = await this.ledger.store.messages.findOne({ $or: [{ _id: id }, { eventId: id }] });
      if (message === null) throw notFound('message', id);
      const { entity, connection, sourceId } = message;
      if (entity === null) {
        throw new Problem(
          409,
          'dead-letter',
          'Nothing to fetch',
          'This is a record on a private topic that names no source record: there is nothing to fetch. Find out who wrote it.',
        );
      }
      return { commandId: await refreshRecord(this.ledger.requests, { entity, connection, sourceId }, by) };
    });
  }
}
