import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Req, Res } from '@nestjs/common';
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
import { ApiProblems, ApiZodBody, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound } from '../problem.ts';
import { clearTenant } from './removal.ts';
import { type TenantBody, type TenantPatchBody, tenantBody, tenantPatch, tenantSchema } from './settings.schemas.ts';

@ApiTags('settings')
@ApiBearerAuth()
@Controller('v1/tenants')
export class TenantsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @ApiOperation({
    summary: 'Tenants',
    description: 'A tenant is one customer company of this installation; it owns connections, and flows between them.',
  })
  @ApiZodResponse(200, 'All tenants', pageOf(tenantSchema))
  async list() {
    return { items: await this.ledger.settings.listTenants(), next: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One tenant' })
  @ApiZodResponse(200, 'The tenant', tenantSchema, ETAG_HEADER)
  @ApiProblems(404)
  async show(@Param('id') id: string, @Req() request: ActingRequest, @Res({ passthrough: true }) response: Response) {
    return sendRevision(request, response, await this.find(id));
  }

  @Post()
  @Needs('admin')
  @ApiOperation({ summary: 'Create a tenant' })
  @ApiZodBody(tenantBody)
  @ApiZodResponse(201, 'The tenant', tenantSchema, CREATED_HEADERS)
  @ApiProblems(409)
  async create(
    @Body(new ZodPipe(tenantBody)) body: TenantBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const created = await this.ledger.audited(request.actor, 'tenant.create', body.id, null, {}, () =>
      this.ledger.settings.createTenant(body),
    );
    return sendCreated(request, response, `/v1/tenants/${created.id}`, created);
  }

  @Patch(':id')
  @Needs('admin')
  @ApiOperation({ summary: 'Change the label of a tenant' })
  @ApiZodBody(tenantPatch)
  @ApiIfMatch()
  @ApiZodResponse(200, 'The tenant', tenantSchema, ETAG_HEADER)
  @ApiProblems(404, 409, 412)
  async change(
    @Param('id') id: string,
    @Body(new ZodPipe(tenantPatch)) { revision, label }: TenantPatchBody,
    @Req() request: ActingRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const patch = label === undefined ? {} : { label };
    const changed = { fields: Object.keys(patch) };
    const after = await this.ledger.audited(request.actor, 'tenant.change', id, null, changed, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision },
        async () => (await this.find(id)).revision,
        (expected) => this.ledger.settings.changeTenant(id, expected, patch),
      ),
    );
    return sendRevision(request, response, after);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({
    summary: 'Remove a tenant',
    description: 'Refused while a connection belongs to it. The default one stays.',
  })
  @ApiIfMatch({ required: true })
  @ApiResponse({ status: 204, description: 'It is removed' })
  @ApiProblems(404, 409, 412)
  async remove(@Param('id') id: string, @Req() request: ActingRequest): Promise<void> {
    await this.ledger.audited(request.actor, 'tenant.remove', id, null, {}, () =>
      changeExpected(
        { ifMatch: request.headers['if-match'], revision: null },
        async () => (await this.find(id)).revision,
        async (expected) => {
          await clearTenant(this.ledger, id);
          await this.ledger.settings.removeTenant(id, expected);
        },
      ),
    );
  }

  private async find(id: string) {
    const found = (await this.ledger.settings.listTenants()).find((tenant) => tenant.id === id);
    if (found === undefined) throw notFound('tenant', id);
    return found;
  }
}
