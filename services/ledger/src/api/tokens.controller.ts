import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { createToken, IN_FORCE, ROLES, revokeToken } from '../access/tokens.ts';
import { lineOfText } from '../edge/query-values.ts';
import { ApiProblems, ApiZodBody, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound, Problem } from '../problem.ts';

const tokenBody = z.strictObject({ label: lineOfText(100), role: z.enum(ROLES) });
type TokenBody = z.infer<typeof tokenBody>;
const tokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  role: z.enum(ROLES),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});

@ApiTags('tokens')
@ApiBearerAuth()
@Controller('v1/tokens')
export class TokensController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get()
  @Needs('admin')
  @ApiOperation({ summary: 'Tokens of this API, without their values' })
  @ApiZodResponse(200, 'All tokens', pageOf(tokenSchema))
  async list() {
    const rows = await this.ledger.store.tokens
      .find({ ...IN_FORCE })
      .sort({ _id: 1 })
      .toArray();
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

  @Post()
  @Needs('admin')
  @ApiOperation({ summary: 'Make a token', description: 'Its value is in this answer only.' })
  @ApiZodBody(tokenBody)
  @ApiZodResponse(
    201,
    'The token',
    z.object({ id: z.string(), token: z.string(), label: z.string(), role: z.enum(ROLES) }),
  )
  make(@Body(new ZodPipe(tokenBody)) body: TokenBody, @Req() request: ActingRequest) {
    return this.ledger.audited(request.actor, 'token.create', body.label, null, { role: body.role }, async (by) => {
      const { token, stored } = await createToken(this.ledger.store, body.label, body.role, by, this.ledger.now());
      return { id: stored._id, token, label: stored.label, role: stored.role };
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({ summary: 'Take a token back', description: 'Effective at once, and for good.' })
  @ApiResponse({ status: 204, description: 'It was taken back' })
  @ApiProblems(404, 409)
  async remove(@Param('id') id: string, @Req() request: ActingRequest): Promise<void> {
    await this.ledger.audited(request.actor, 'token.remove', id, null, {}, async () => {
      if (request.actor?.tokenId === id) {
        throw new Problem(
          409,
          'own-token',
          'This is the token you use',
          'Make another admin token and remove this one with it.',
        );
      }
      if (!(await revokeToken(this.ledger.store, id, this.ledger.now()))) throw notFound('token', id);
    });
  }
}
