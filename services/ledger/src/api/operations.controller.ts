import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type ActingRequest, Needs } from '../access/access.guard.ts';
import { createToken, ROLES } from '../access/tokens.ts';
import { listFailureGroups } from '../failures/failure-groups.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound, Problem } from '../problem.ts';
import { GROUP_RETRY_MOST, retryGroup } from '../reprocess/group-retry.ts';
import { operationSchema, type RetryBody, retryBody } from './delivery.schemas.ts';
import { pageQuery, parseCursor, toPage } from './paging.ts';
import { viewAudit, viewOperation } from './views.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from './zod-http.ts';

const failureGroupSchema = z.object({
  fingerprint: z.string(),
  kind: z.enum(['delivery', 'unmapped', 'unreadable', 'stray']),
  title: z.string(),
  error: z.object({ kind: z.string(), code: z.string().nullable(), advice: z.string().nullable() }),
  entity: z.string(),
  connection: z.string(),
  count: z.number(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  sample: z.string(),
});

const auditQuery = z.strictObject({ ...pageQuery, subject: z.string().optional().describe('E.g. a delivery id') });
type AuditQuery = z.infer<typeof auditQuery>;

const auditSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.string(),
  role: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string().nullable(),
  outcome: z.string(),
  details: z.record(z.string(), z.unknown()),
});
const groupsQuery = z.strictObject({ ...pageQuery });
type GroupsQuery = z.infer<typeof groupsQuery>;
const tokenBody = z.strictObject({ label: z.string().trim().min(1).max(100), role: z.enum(ROLES) });
type TokenBody = z.infer<typeof tokenBody>;
const tokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  role: z.enum(ROLES),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class OperationsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('failure-groups')
  @ApiOperation({ summary: 'Open failures by cause, the largest group first' })
  @ApiZodQuery(groupsQuery)
  @ApiZodResponse(200, 'A page of groups', pageOf(failureGroupSchema))
  @ApiProblems(400, 401)
  async failureGroups(@Query(new ZodPipe(groupsQuery)) query: GroupsQuery) {
    const start = query.cursor === undefined ? 0 : Number(parseCursor(query.cursor, 1)[0]);
    const from = Number.isInteger(start) && start > 0 ? start : 0;
    return toPage(
      await listFailureGroups(this.ledger.store, from, query.limit + 1),
      query.limit,
      () => [String(from + query.limit)],
      (group) => group,
    );
  }

  @Post('failure-groups/:fingerprint/retry')
  @HttpCode(202)
  @Needs('operator')
  @ApiOperation({
    summary: 'Retry all of a group',
    description: `Starts up to ${GROUP_RETRY_MOST}, at spare rate; call again while some remain. Those with a retry under way are left out and counted. Records that could not be mapped or read are fetched again.`,
  })
  @ApiZodBody(retryBody)
  @ApiZodResponse(
    202,
    'What was started',
    z.object({ started: z.number(), leftOut: z.number(), remaining: z.number() }),
  )
  @ApiProblems(400, 401, 403, 404, 503)
  async retryGroup(
    @Param('fingerprint') fingerprint: string,
    @Body(new ZodPipe(retryBody)) body: RetryBody,
    @Req() request: ActingRequest,
  ) {
    return this.ledger.audited(
      request.actor,
      'failure-group.retry',
      fingerprint,
      body.reason,
      { mode: body.mode },
      (by) => retryGroup(this.ledger.requests, fingerprint, { ...body, requestedBy: by }),
    );
  }

  @Get('operations/:id')
  @ApiOperation({ summary: 'One retry: how far it is and what came of it' })
  @ApiZodResponse(200, 'The operation', operationSchema)
  @ApiProblems(401, 404)
  async operation(@Param('id') id: string) {
    const operation = await this.ledger.store.operations.findOne({ _id: id });
    if (operation === null) throw notFound('operation', id);
    return viewOperation(operation);
  }

  @Get('unaccounted')
  @ApiOperation({
    summary: 'What nobody accounts for: must be empty',
    description: 'Events a router has passed without reporting, and deliveries a lane has passed without an outcome.',
  })
  @ApiZodResponse(
    200,
    'The report',
    z.object({
      items: z.array(z.object({ kind: z.string(), id: z.string(), number: z.string().nullable(), detail: z.string() })),
      complete: z.boolean(),
    }),
  )
  @ApiProblems(401, 503)
  unaccounted() {
    return this.ledger.findUnaccounted();
  }

  @Get('audit')
  @ApiOperation({ summary: 'Who did what, newest first' })
  @ApiZodQuery(auditQuery)
  @ApiZodResponse(200, 'A page of entries', pageOf(auditSchema))
  @ApiProblems(400, 401)
  async audit(@Query(new ZodPipe(auditQuery)) query: AuditQuery) {
    const rows = await this.ledger.store.audit
      .find({
        ...(query.subject === undefined ? {} : { subject: query.subject }),
        ...(query.cursor === undefined ? {} : { _id: { $lt: parseCursor(query.cursor, 1)[0] ?? '' } }),
      })
      .sort({ _id: -1 })
      .limit(query.limit + 1)
      .toArray();
    return toPage(rows, query.limit, (row) => [row._id], viewAudit);
  }

  @Get('tokens')
  @Needs('admin')
  @ApiOperation({ summary: 'Tokens of this API, without their values' })
  @ApiZodResponse(200, 'All tokens', pageOf(tokenSchema))
  @ApiProblems(401, 403)
  async tokens() {
    const rows = await this.ledger.store.tokens.find().sort({ _id: 1 }).toArray();
    return {
      items: rows.map(({ _id, label, role, createdAt, createdBy }) => ({
        id: _id,
        label,
        role,
        createdAt: createdAt.toISOString(),
        createdBy,
      })),
      next: null,
    };
  }

  @Post('tokens')
  @Needs('admin')
  @ApiOperation({ summary: 'Make a token', description: 'Its value is in this answer only.' })
  @ApiZodBody(tokenBody)
  @ApiZodResponse(
    201,
    'The token',
    z.object({ id: z.string(), token: z.string(), label: z.string(), role: z.enum(ROLES) }),
  )
  @ApiProblems(400, 401, 403)
  makeToken(@Body(new ZodPipe(tokenBody)) body: TokenBody, @Req() request: ActingRequest) {
    return this.ledger.audited(request.actor, 'token.create', body.label, null, { role: body.role }, async (by) => {
      const { token, stored } = await createToken(this.ledger.store, body.label, body.role, by, new Date());
      return { id: stored._id, token, label: stored.label, role: stored.role };
    });
  }

  @Delete('tokens/:id')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({ summary: 'Take a token back', description: 'Effective at once.' })
  @ApiProblems(401, 403, 404, 409)
  async removeToken(@Param('id') id: string, @Req() request: ActingRequest): Promise<void> {
    await this.ledger.audited(request.actor, 'token.remove', id, null, {}, async () => {
      if (request.actor?.tokenId === id) {
        throw new Problem(
          409,
          'own-token',
          'This is the token you use',
          'Make another admin token and remove this one with it.',
        );
      }
      const { deletedCount } = await this.ledger.store.tokens.deleteOne({ _id: id });
      if (deletedCount === 0) throw notFound('token', id);
    });
  }
}
