import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
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
import { cancelOperationsOf } from '../operations/request-operation.ts';
import { notFound } from '../problem.ts';
import { testConnection } from '../vendors/test-connection.ts';
import { clearConnection, type RemovalQuery, removalQuery } from './removal.ts';
import {
  type ConnectionBody,
  type ConnectionPatchBody,
  connectionBody,
  connectionPatch,
  connectionSchema,
  type OfTenant,
  ofTenant,
} from './settings.schemas.ts';

const testSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string(), advice: z.string().optional() })),
});

@ApiTags('settings')
@ApiBearerAuth()
@Controller('v1/connections')
export class ConnectionsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @ApiOperation({ summary: 'Connections, without their secrets, and how their lanes are' })
  @ApiZodQuery(ofTenant)
  @ApiZodResponse(200, 'All connections', pageOf(connectionSchema))
  async list(@Query(new ZodPipe(ofTenant)) { tenant }: OfTenant) {
    const all = await this.ledger.settings.listConnections();
    return { items: tenant === undefined ? all : all.filter((each) => each.tenant === tenant), next: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One connection' })
  @ApiZodResponse(200, 'The connection', connectionSchema, ETAG_HEADER)
  @ApiProblems(404)
  async show(@Param('id') id: string, @Req() request: ActingRequest, @Res({ passthrough: true }) response: Response) {
    return sendRevision(request, response, await this.find(id));
  }

  @Post()
  @Needs('admin')
  @ApiOperation({
    summary: 'Create a connection',
    description:
      'Effective without a restart. Secrets may be left out: its `attention` then asks for them. The id of a removed connection whose links or published versions are kept is refused (409).',
  })
  @ApiZodBody(connectionBody)
  @ApiZodResponse(201, 'The connection', connectionSchema, CREATED_HEADERS)
  @ApiProblems(409)
  async create(
    @Body(new ZodPipe(connectionBody)) { secrets, ...body }: ConnectionBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const made = { vendor: body.vendor, secrets: Object.keys(secrets ?? {}) };
    const created = await this.ledger.audited(request.actor, 'connection.create', body.id, null, made, () =>
      this.ledger.settings.createConnection({ ...body, ...(secrets === undefined ? {} : { secrets }) }),
    );
    return sendCreated(request, response, `/v1/connections/${created.id}`, created);
  }

  @Patch(':id')
  @Needs('admin')
  @ApiOperation({ summary: 'Change a connection', description: 'Effective without a restart.' })
  @ApiZodBody(connectionPatch)
  @ApiIfMatch()
  @ApiZodResponse(200, 'The connection', connectionSchema, ETAG_HEADER)
  @ApiProblems(404, 409, 412)
  async change(
    @Param('id') id: string,
    @Body(new ZodPipe(connectionPatch)) body: ConnectionPatchBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { revision, ...patch } = body;
    const changed = { fields: Object.keys(patch) };
    const after = await this.ledger.audited(request.actor, 'connection.change', id, null, changed, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision },
        async () => (await this.find(id)).revision,
        (expected) => this.ledger.settings.changeConnection(id, expected, patch),
      ),
    );
    return sendRevision(request, response, after);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({
    summary: 'Remove a connection',
    description:
      'Refused while a flow names it, or while a delivery from or to it, or a record in its lane, has not ended: what is in the way is named. What it delivered stays in the ledger, and what it wrote in the target.',
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
    await this.ledger.audited(actor, 'connection.remove', id, wish.reason ?? null, details, () =>
      changeExpected(
        { ifMatch: headers['if-match'], revision: null },
        async () => (await this.find(id)).revision,
        async (expected) => {
          await clearConnection(this.ledger, id, { actor, wish });
          await this.ledger.settings.removeConnection(id, expected);
          await cancelOperationsOf(this.ledger.operations, id);
        },
      ),
    );
  }

  @Post(':id/test')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({
    summary: 'Test a connection',
    description:
      'Asks the vendor with the stored credentials and says what works and what is missing. A good test lets a stopped lane go on.',
  })
  @ApiZodResponse(200, 'What was found', testSchema)
  @ApiProblems(404, 409)
  test(@Param('id') id: string, @Req() request: ActingRequest) {
    return this.ledger.audited(request.actor, 'connection.test', id, null, {}, () =>
      testConnection(this.ledger.vendors, id),
    );
  }

  private async find(id: string) {
    const found = (await this.ledger.settings.listConnections()).find((connection) => connection.id === id);
    if (found === undefined) throw notFound('connection', id);
    return found;
  }
}
