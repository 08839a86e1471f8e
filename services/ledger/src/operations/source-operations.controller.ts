import { continueTrace } from '@entrepot/runtime-kit/tracing';
import type { OperationWish, SourceOperationDocument } from '@entrepot/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { viewOperation } from '../api/views.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound } from '../problem.ts';
import {
  anyOperationSchema,
  type OperationsQuery,
  operationsQuery,
  type StartBody,
  sourceOperationSchema,
  startBody,
} from './operation.schemas.ts';
import { askOperation, startOperation } from './request-operation.ts';
import { viewSourceOperation } from './view-operation.ts';

const OBEYED = 'What a connector runs obeys within seconds: `wanted` says what it is to do, `state` what it does.';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class SourceOperationsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Post('connections/:id/operations')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({
    summary: 'Start an operation on the records of a connection',
    description:
      'sync: read everything, what changed since, named records or a selection of them, now · backfill: read the past, oldest first; targets take it at spare rate. What has not changed is not published again. One of a kind at a time for the records of an entity; the 409 names the first. It survives a restart of its connector.',
  })
  @ApiZodBody(startBody)
  @ApiZodResponse(202, 'The operation', sourceOperationSchema, {
    Location: { description: 'Where it is to be read', schema: { type: 'string' } },
  })
  @ApiProblems(404, 409)
  async start(
    @Param('id') id: string,
    @Body(new ZodPipe(startBody)) body: StartBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { kind, entity, since, ids, selection, mostMissingPercent } = body;
    const details = {
      kind,
      entity,
      since: since ?? null,
      ids: ids?.length ?? null,
      selection: selection ?? null,
      ...(mostMissingPercent === undefined ? {} : { mostMissingPercent }),
    };
    const traceparent = continueTrace(request.header('traceparent'));
    const started = await this.ledger.audited(request.actor, 'operation.start', id, null, details, (startedBy) =>
      startOperation(this.ledger.operations, id, { ...body, startedBy, traceparent }),
    );
    response.set('Location', `/v1/operations/${started._id}`);
    return this.view(started);
  }

  @Get('operations')
  @ApiOperation({
    summary: 'Operations on sources, newest first',
    description: 'Ended ones are kept for 30 days. Retries are shown with their delivery.',
  })
  @ApiZodQuery(operationsQuery)
  @ApiZodResponse(200, 'A page of operations', pageOf(sourceOperationSchema))
  async list(@Query(new ZodPipe(operationsQuery)) query: OperationsQuery) {
    const page = this.ledger.lists.open('operations', query);
    const { connection, entity, kind, state, limit } = query;
    const filter = {
      ...(connection === undefined ? {} : { connection }),
      ...(entity === undefined ? {} : { entity }),
      ...(kind === undefined ? {} : { kinds: kind }),
      ...(state === undefined ? {} : { states: state }),
    };
    const { sourceOperations } = this.ledger.operations.store;
    const rows = await sourceOperations.list(filter, page.after?.[0] ?? null, limit + 1);
    return page.toPage(
      rows,
      (row) => [row._id],
      (row) => this.view(row),
    );
  }

  @Get('operations/:id')
  @ApiOperation({ summary: 'One operation on a source, or one retry: how far it is and what came of it' })
  @ApiZodResponse(200, 'The operation', anyOperationSchema)
  @ApiProblems(404)
  async show(@Param('id') id: string) {
    const { store } = this.ledger.operations;
    const [onSource, retry] = await Promise.all([
      store.sourceOperations.get(id),
      this.ledger.store.operations.findOne({ _id: id }),
    ]);
    if (onSource !== null) return this.view(onSource);
    if (retry !== null) return viewOperation(retry);
    throw notFound('operation', id);
  }

  @Post('operations/:id/pause')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({ summary: 'Pause an operation on a source', description: OBEYED })
  @ApiZodResponse(202, 'The operation', sourceOperationSchema)
  @ApiProblems(404, 409)
  pause(@Param('id') id: string, @Req() request: ActingRequest) {
    return this.ask(id, 'pause', request);
  }

  @Post('operations/:id/resume')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({
    summary: 'Resume a paused or failed operation on a source',
    description: 'It goes on where it stopped.',
  })
  @ApiZodResponse(202, 'The operation', sourceOperationSchema)
  @ApiProblems(404, 409)
  resume(@Param('id') id: string, @Req() request: ActingRequest) {
    return this.ask(id, 'resume', request);
  }

  @Post('operations/:id/cancel')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({ summary: 'Cancel an operation on a source', description: `For good. ${OBEYED}` })
  @ApiZodResponse(202, 'The operation', sourceOperationSchema)
  @ApiProblems(404, 409)
  cancel(@Param('id') id: string, @Req() request: ActingRequest) {
    return this.ask(id, 'cancel', request);
  }

  private async ask(id: string, wish: OperationWish, { actor }: ActingRequest) {
    return this.view(
      await this.ledger.audited(actor, `operation.${wish}`, id, null, {}, () =>
        askOperation(this.ledger.operations, id, wish),
      ),
    );
  }

  private view(operation: SourceOperationDocument) {
    const { store, now } = this.ledger.operations;
    return viewSourceOperation(operation, store.connections.find(operation.connection), now());
  }
}
