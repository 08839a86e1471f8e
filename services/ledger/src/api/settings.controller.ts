import { Body, Controller, Get, Header, HttpCode, Inject, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs, Public } from '../access/needs.ts';
import { ApiIfMatch, changeExpected, ETAG_HEADER, sendRevision } from '../edge/if-match.ts';
import { lineOfText } from '../edge/query-values.ts';
import { ApiProblems, ApiYamlBody, ApiZodBody, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { maskedForViewers, shownToViewers } from '../masking/viewer-masks.ts';
import { maskCause } from '../masking/viewer-words.ts';
import { notFound, Problem } from '../problem.ts';

const cause = maskedForViewers(z.string(), maskCause);
export const connectionSchema = z.looseObject({
  id: z.string(),
  label: z.string(),
  vendor: z.string(),
  active: z.boolean(),
  // They name systems, not their customers.
  settings: shownToViewers(z.record(z.string(), z.unknown())),
  secretNames: z.array(z.string()),
  revision: z.number(),
  attention: cause.nullable(),
  throttled: z
    .object({
      since: z.iso.datetime(),
      reason: cause,
      records: z.number().int().describe('How many records wait to be read whole'),
      longest: z
        .array(z.object({ entity: z.string(), sourceId: z.string(), since: z.iso.datetime() }))
        .describe('The ten that wait longest'),
    })
    .nullable()
    .describe(
      'Reads from the vendor wait for its limits: since when, why, and what waits; null once none does. It ends by itself',
    ),
  lane: z.object({ state: z.string(), reason: cause.nullable(), at: z.iso.datetime() }).nullable(),
});
/** Settings name systems, not their customers. */
const flowSchema = shownToViewers(
  z.looseObject({
    id: z.string(),
    entity: z.string(),
    from: z.string(),
    to: z.string(),
    active: z.boolean(),
    revision: z.number(),
    attention: z.string().nullable().describe('What of the settings is to be corrected after an upgrade'),
    settings: z.unknown(),
  }),
);
const testSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string(), advice: z.string().optional() })),
});
const revisionSchema = z
  .number()
  .int()
  .optional()
  .describe(
    'The revision it was read at: refused with 409 when somebody changed it meanwhile. Needed without If-Match',
  );
const connectionPatch = z.strictObject({
  revision: revisionSchema,
  label: lineOfText(200).optional(),
  active: z.boolean().optional(),
  settings: z.record(z.string(), z.unknown()).optional().describe('Replaces all settings'),
  secrets: z.record(z.string(), z.unknown()).optional().describe('Merged by name; null takes a secret away'),
});
type ConnectionPatch = z.infer<typeof connectionPatch>;

const flowPatch = z.strictObject({
  revision: revisionSchema,
  active: z.boolean().optional(),
  settings: z.record(z.string(), z.unknown()).optional().describe('Replaces all settings'),
});
type FlowPatch = z.infer<typeof flowPatch>;

@ApiTags('settings')
@ApiBearerAuth()
@Controller('v1')
export class SettingsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('connections')
  @ApiOperation({ summary: 'Connections, without their secrets, and how their lanes are' })
  @ApiZodResponse(200, 'All connections', pageOf(connectionSchema))
  async connections() {
    return { items: await this.ledger.settings.listConnections(), next: null };
  }

  @Get('connections/:id')
  @ApiOperation({ summary: 'One connection' })
  @ApiZodResponse(200, 'The connection', connectionSchema, ETAG_HEADER)
  @ApiProblems(404)
  async connection(
    @Param('id') id: string,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return sendRevision(request, response, await this.findConnection(id));
  }

  private async findConnection(id: string) {
    const found = (await this.ledger.settings.listConnections()).find((connection) => connection.id === id);
    if (found === undefined) throw notFound('connection', id);
    return found;
  }

  @Patch('connections/:id')
  @Needs('admin')
  @ApiOperation({ summary: 'Change a connection', description: 'Effective without a restart.' })
  @ApiZodBody(connectionPatch)
  @ApiIfMatch()
  @ApiZodResponse(200, 'The connection', connectionSchema, ETAG_HEADER)
  @ApiProblems(404, 409, 412)
  async changeConnection(
    @Param('id') id: string,
    @Body(new ZodPipe(connectionPatch)) body: ConnectionPatch,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { revision, ...patch } = body;
    const changed = { fields: Object.keys(patch) };
    const after = await this.ledger.audited(request.actor, 'connection.change', id, null, changed, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision },
        async () => (await this.findConnection(id)).revision,
        (expected) => this.ledger.settings.changeConnection(id, expected, patch),
      ),
    );
    return sendRevision(request, response, after);
  }

  @Post('connections/:id/test')
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
      this.ledger.settings.testConnection(id),
    );
  }

  @Get('flows')
  @ApiOperation({ summary: 'Flows' })
  @ApiZodResponse(200, 'All flows', pageOf(flowSchema))
  async flows() {
    return { items: await this.ledger.settings.listFlows(), next: null };
  }

  @Get('flows/:id')
  @ApiOperation({ summary: 'One flow' })
  @ApiZodResponse(200, 'The flow', flowSchema, ETAG_HEADER)
  @ApiProblems(404)
  async flow(@Param('id') id: string, @Req() request: ActingRequest, @Res({ passthrough: true }) response: Response) {
    return sendRevision(request, response, await this.findFlow(id));
  }

  private async findFlow(id: string) {
    const found = (await this.ledger.settings.listFlows()).find((flow) => flow.id === id);
    if (found === undefined) throw notFound('flow', id);
    return found;
  }

  @Patch('flows/:id')
  @Needs('admin')
  @ApiOperation({ summary: 'Change a flow', description: 'Effective without a restart.' })
  @ApiZodBody(flowPatch)
  @ApiIfMatch()
  @ApiZodResponse(200, 'The flow', flowSchema, ETAG_HEADER)
  @ApiProblems(404, 409, 412)
  async changeFlow(
    @Param('id') id: string,
    @Body(new ZodPipe(flowPatch)) body: FlowPatch,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { revision, ...patch } = body;
    const changed = { fields: Object.keys(patch) };
    const after = await this.ledger.audited(request.actor, 'flow.change', id, null, changed, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision },
        async () => (await this.findFlow(id)).revision,
        (expected) => this.ledger.settings.changeFlow(id, expected, patch),
      ),
    );
    return sendRevision(request, response, after);
  }

  @Get('configuration')
  @Needs('admin')
  @Header('content-type', 'application/yaml')
  @ApiOperation({ summary: 'All connections and flows as one YAML file, without secrets' })
  @ApiResponse({
    status: 200,
    description: 'The file',
    content: { 'application/yaml': { schema: { type: 'object' } } },
  })
  exportConfiguration() {
    return this.ledger.settings.exportYaml();
  }

  @Put('configuration')
  @Needs('admin')
  @ApiOperation({
    summary: 'Import connections and flows from YAML',
    description: 'All of it is valid, or nothing is written. What it does not name is left alone.',
  })
  @ApiYamlBody('The file as it is exported; secrets may be added')
  @ApiZodResponse(
    200,
    'What changed',
    z.object({ created: z.array(z.string()), updated: z.array(z.string()), unchanged: z.array(z.string()) }),
  )
  importConfiguration(@Body() body: unknown, @Req() request: ActingRequest) {
    if (typeof body !== 'string' || body.trim() === '') {
      throw new Problem(
        400,
        'not-yaml',
        'No YAML in the request',
        'Send the file as the body with content type application/yaml.',
      );
    }
    return this.ledger.audited(request.actor, 'configuration.import', 'configuration', null, {}, () =>
      this.ledger.settings.importYaml(body),
    );
  }

  @Get('openapi.json')
  @Public()
  @ApiOperation({ summary: 'This document' })
  @ApiZodResponse(200, 'OpenAPI 3.0', z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }))
  openApi() {
    return this.ledger.openApi();
  }
}
