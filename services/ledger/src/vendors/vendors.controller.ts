import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, ApiZodResponse, pageOf } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound } from '../problem.ts';
import { describeVendor, vendorSchema } from './describe-vendor.ts';

@ApiTags('vendors')
@ApiBearerAuth()
@Controller('v1/vendors')
export class VendorsController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @ApiOperation({
    summary: 'Vendors of this installation',
    description: 'With the forms of their settings, what they can as source and as target, and what rights they need.',
  })
  @ApiZodResponse(200, 'All vendors', pageOf(vendorSchema))
  list() {
    return { items: this.ledger.vendors.vendors.map(describeVendor), next: null };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One vendor' })
  @ApiZodResponse(200, 'The vendor', vendorSchema)
  @ApiProblems(404)
  show(@Param('name') name: string) {
    const vendor = this.ledger.vendors.vendors.find((candidate) => candidate.name === name);
    if (vendor === undefined) throw notFound('vendor', name);
    return describeVendor(vendor);
  }
}
