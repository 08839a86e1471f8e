import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import {
  ApiIfMatch,
  CREATED_HEADERS,
  changeExpected,
  ETAG_HEADER,
  sendCreated,
  sendRevision,
} from '../edge/if-match.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound } from '../problem.ts';
import { clearFlow, type RemovalQuery, removalQuery } from './removal.ts';
import {
  type FlowBody,
  type FlowPatchBody,
  flowBody,
  flowPatch,
  flowSchema,
  type OfTenant,
  ofTenant,
} from './settings.schemas.ts';

@ApiTags('settings')
@ApiBearerAuth()
@Controller('v1/flows')
export class FlowsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @ApiOperation({ summary: 'Flows' })
  @ApiZodQuery(ofTenant)
  @ApiZodResponse(200, 'All flows', pageOf(flowSchema))
  async list(@Query(new ZodPipe(ofTenant)) { tenant }: OfTenant) {
    const all = await this.ledger.settings.listFlows();
    return { items: tenant === undefined ? all : all.filter((each) => each.tenant === tenant), next: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One flow' })
  @ApiZodResponse(200, 'The flow', flowSchema, ETAG_HEADER)
  @ApiProblems(404)
  async show(@Param('id') id: string, @Req() request: ActingRequest, @Res({ passthrough: true }) response: Response) {
    return sendRevision(request, response, await this.find(id));
  }

  @Post()
  @Needs('admin')
  @ApiOperation({
    summary: 'Create a flow',
    description:
      'Effective without a restart: events published from now on are routed on it. One per entity and pair of connections.',
  })
  @ApiZodBody(flowBody)
  @ApiZodResponse(201, 'The flow', flowSchema, CREATED_HEADERS)
  @ApiProblems(409)
  async create(
    @Body(new ZodPipe(flowBody)) body: FlowBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const subject = `${body.entity}:${body.from}:${body.to}`;
    const created = await this.ledger.audited(request.actor, 'flow.create', subject, null, {}, () =>
      this.ledger.settings.createFlow(body),
    );
    return sendCreated(request, response, `/v1/flows/${encodeURIComponent(created.id)}`, created);
  }

  @Patch(':id')
  @Needs('admin')
  @ApiOperation({ summary: 'Change a flow', description: 'Effective without a restart.' })
  @ApiZodBody(flowPatch)
  @ApiIfMatch()
  @ApiZodResponse(200, 'The flow', flowSchema, ETAG_HEADER)
  @ApiProblems(404, 409, 412)
  async change(
    @Param('id') id: string,
    @Body(new ZodPipe(flowPatch)) body: FlowPatchBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { revision, ...patch } = body;
    const changed = { fields: Object.keys(patch) };
    const after = await this.ledger.audited(request.actor, 'flow.change', id, null, changed, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision },
        async () => (await this.find(id)).revision,
        (expected) => this.ledger.settings.changeFlow(id, expected, patch),
      ),
    );
    return sendRevision(request, response, after);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({
    summary: 'Remove a flow',
    description:
      'Refused while it is active, or while one of its deliveries has not ended: what is in the way is named. An inactive flow routes nothing new and goes on with what it has. What it delivered stays in the ledger and in the target.',
  })
  @ApiZodQuery(removalQuery)
  @ApiIfMatch({ required: true })
  @ApiResponse({ status: 204, description: 'It is removed' })
  @ApiProblems(404, 409, 412)
  async remove(
    @Param('id') id: string,
    @Query(new ZodPipe(removalQuery)) wish: RemovalQuery,
    @Req() request: ActingRequest,
  ): Promise<void> {
    const { actor, headers } = request;
    const details = { discardOpen: wish.discardOpen === 'true' };
    await this.ledger.audited(actor, 'flow.remove', id, wish.reason ?? null, details, () =>
      changeExpected(
        { ifMatch: headers['if-match'], revision: null },
        async () => (await this.find(id)).revision,
        async (expected) => {
          await clearFlow(this.ledger, id, { actor, wish });
          await this.ledger.settings.removeFlow(id, expected);
        },
      ),
    );
  }

  private async find(id: string) {
    const found = (await this.ledger.settings.listFlows()).find((flow) => flow.id === id);
    if (found === undefined) throw notFound('flow', id);
    return found;
  }
}
