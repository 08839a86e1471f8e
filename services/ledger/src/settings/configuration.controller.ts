import { Body, Controller, Get, Header, Inject, Put, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs, Public } from '../access/needs.ts';
import { ApiYamlBody, ApiZodResponse } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { Problem } from '../problem.ts';

@ApiTags('settings')
@ApiBearerAuth()
@Controller('v1')
export class ConfigurationController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('configuration')
  @Needs('admin')
  @Header('content-type', 'application/yaml')
  @ApiOperation({ summary: 'All tenants, connections and flows as one YAML file, without secrets' })
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
    summary: 'Import tenants, connections and flows from YAML',
    description:
      'All of it is valid, or nothing is written. What it does not name is left alone. A file of format 1 (`version: 1`) is converted: `converted` lists what was changed.',
  })
  @ApiYamlBody('The file as it is exported; secrets may be added')
  @ApiZodResponse(
    200,
    'What changed',
    z.object({
      created: z.array(z.string()),
      updated: z.array(z.string()),
      unchanged: z.array(z.string()),
      converted: z
        .array(z.object({ from: z.string(), to: z.string().nullable(), how: z.enum(['moved', 'copied', 'dropped']) }))
        .describe('What was changed of a file of format 1, by its paths; empty for a file of format 2'),
    }),
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
