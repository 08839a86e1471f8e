import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { ApiProblems, ApiZodBody, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { listFailureGroups } from '../failures/failure-groups.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { maskedForViewers } from '../masking/viewer-masks.ts';
import { maskAccess, maskByCode, maskQuotes, withhold } from '../masking/viewer-words.ts';
import { GROUP_RETRY_MOST, retryGroup } from '../reprocess/group-retry.ts';
import { type RetryBody, retryBody } from './delivery.schemas.ts';
import { pageQuery } from './paging.ts';
import { viewAudit, viewServiceTrouble } from './views.ts';

const failureGroupSchema = z.object({
  fingerprint: z.string(),
  kind: z.enum(['delivery', 'unmapped', 'unreadable', 'dead-letter']),
  title: maskedForViewers(z.string(), maskByCode),
  error: z.object({
    kind: z.string(),
    code: z.string().nullable(),
    advice: maskedForViewers(z.string(), maskQuotes).nullable(),
  }),
  entity: z.string().nullable().describe('null of dead letters, which name no record'),
  connection: z.string(),
  count: z.number(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  sample: z.string(),
});

const serviceTroubleSchema = z.object({
  service: z.string(),
  subject: z.string().describe('What it is about, e.g. `entrepot.order.v1/3`: a partition of a topic'),
  message: z.string(),
  advice: z.string(),
  since: z.iso.datetime(),
});
const auditQuery = z.strictObject({ ...pageQuery, subject: z.string().optional().describe('E.g. a delivery id') });
type AuditQuery = z.infer<typeof auditQuery>;

const auditSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.string(),
  role: z.string(),
  action: z.string(),
  subject: maskedForViewers(z.string(), maskAccess),
  reason: maskedForViewers(z.string(), withhold).nullable(),
  outcome: z.string(),
  details: maskedForViewers(z.record(z.string(), z.unknown()), maskAccess),
});
const groupsQuery = z.strictObject({ ...pageQuery });
type GroupsQuery = z.infer<typeof groupsQuery>;

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
  async failureGroups(@Query(new ZodPipe(groupsQuery)) query: GroupsQuery) {
    const page = this.ledger.lists.open('failure-groups', query);
    const from = Number(page.after?.[0] ?? 0);
    return page.toPage(
      await listFailureGroups(this.ledger.store, from, query.limit + 1),
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
  @ApiProblems(404)
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

  @Get('unaccounted')
  @ApiOperation({
    summary: 'What nobody accounts for: must be empty',
    description:
      'Events a router has passed without reporting (`event-not-routed`), deliveries a lane has passed without an outcome (`delivery-without-outcome`), and by connection what a source told of and no connector has read in time (`hint-not-read`).',
  })
  @ApiZodResponse(
    200,
    'The report',
    z.object({
      items: z.array(
        z.object({
          kind: z.enum(['event-not-routed', 'delivery-without-outcome', 'hint-not-read']),
          id: z.string(),
          number: z.string().nullable(),
          detail: z.string(),
        }),
      ),
      complete: z.boolean(),
    }),
  )
  unaccounted() {
    return this.ledger.findUnaccounted();
  }

  @Get('attention')
  @ApiOperation({
    summary: 'What a person must know of the services themselves',
    description:
      'E.g. a partition of a topic that a service cannot read on, because a batch in it cannot be decoded, or a report in it is of a later release. What concerns one connection is its own `attention`.',
  })
  @ApiZodResponse(200, 'All of it, the longest standing first', pageOf(serviceTroubleSchema))
  async attention() {
    return { items: (await this.ledger.listServiceTroubles()).map(viewServiceTrouble), next: null };
  }

  @Get('audit')
  @ApiOperation({ summary: 'Who did what, newest first' })
  @ApiZodQuery(auditQuery)
  @ApiZodResponse(200, 'A page of entries', pageOf(auditSchema))
  async audit(@Query(new ZodPipe(auditQuery)) query: AuditQuery) {
    const page = this.ledger.lists.open('audit', query);
    const rows = await this.ledger.store.audit
      .find({
        ...(query.subject === undefined ? {} : { subject: query.subject }),
        ...(page.after === null ? {} : { _id: { $lt: page.after[0] ?? '' } }),
      })
      .sort({ _id: -1 })
      .limit(query.limit + 1)
      .toArray();
    return page.toPage(rows, (row) => [row._id], viewAudit);
  }
}
