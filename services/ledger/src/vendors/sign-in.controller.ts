import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ActingRequest } from '../access/access.guard.ts';
import { Needs } from '../access/needs.ts';
import { ApiProblems, ApiZodBody, ApiZodResponse, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { beginSignIn, completeSignIn } from './sign-in.ts';

const MAX_URL_CHARS = 2_000;
const MAX_ANSWER_CHARS = 8_000;

const redirectUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://', abort: true })
  .max(MAX_URL_CHARS, `must have at most ${MAX_URL_CHARS} characters`)
  .refine(isSafeRedirect, 'must be https (http on this machine alone), with no user name, password, query or fragment');

const beginBody = z.strictObject({
  redirectUrl: redirectUrl.describe(
    "Where the vendor sends the browser back to: an address that the app's configuration at the vendor lists, e.g. a page of yours",
  ),
});
type BeginBody = z.infer<typeof beginBody>;

const begunSchema = z.object({
  url: z.string().describe("The vendor's page: lead the browser of whoever may agree there"),
  until: z.iso.datetime().describe('The answer is taken until then'),
});

const answerBody = z.strictObject({
  answer: z
    .url({ protocol: /^https?$/, error: 'must be the whole address, with its query' })
    .max(MAX_ANSWER_CHARS, `must have at most ${MAX_ANSWER_CHARS} characters`)
    .describe('The address that the vendor sent the browser back to, whole'),
});
type AnswerBody = z.infer<typeof answerBody>;

@ApiTags('vendors')
@ApiBearerAuth()
@Controller('v1/connections/:id/sign-in')
export class SignInController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Post()
  @HttpCode(200)
  @Needs('admin')
  @ApiOperation({
    summary: "Begin a sign-in on the vendor's page",
    description:
      'For connections whose settings say that somebody agrees there (OAuth, authorization code). The newest one of a connection counts.',
  })
  @ApiZodBody(beginBody)
  @ApiZodResponse(200, 'Where to lead the browser', begunSchema)
  @ApiProblems(404, 409, 500)
  begin(@Param('id') id: string, @Body(new ZodPipe(beginBody)) body: BeginBody, @Req() { actor }: ActingRequest) {
    return this.ledger.audited(actor, 'connection.begin-sign-in', id, null, body, () =>
      beginSignIn(this.ledger.vendors, id, body.redirectUrl),
    );
  }

  @Post('answer')
  @HttpCode(204)
  @Needs('admin')
  @ApiOperation({
    summary: 'Complete a sign-in',
    description:
      'Takes the address that the vendor sent the browser back to, once. What the vendor gives for it is kept sealed, and a stopped connection goes on.',
  })
  @ApiZodBody(answerBody)
  @ApiResponse({ status: 204, description: 'It is signed in' })
  @ApiProblems(404, 409, 500)
  async complete(
    @Param('id') id: string,
    @Body(new ZodPipe(answerBody)) { answer }: AnswerBody,
    @Req() { actor }: ActingRequest,
  ): Promise<void> {
    await this.ledger.audited(actor, 'connection.sign-in', id, null, {}, () =>
      completeSignIn(this.ledger.vendors, id, answer),
    );
  }
}

/** The code comes back in the query of this address: nobody else may read it on its way. */
function isSafeRedirect(url: string): boolean {
  const { protocol, hostname, username, password, search, hash } = new URL(url);
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return (protocol === 'https:' || isLocal) && username === '' && password === '' && search === '' && hash === '';
}
