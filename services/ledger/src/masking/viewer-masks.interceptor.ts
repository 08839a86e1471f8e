import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import type { ActingRequest } from '../access/access.guard.ts';
import { mayAct } from '../access/tokens.ts';
import { ANSWERS } from '../edge/zod-http.ts';
import { hide, maskAnswer } from './viewer-masks.ts';

/** The only place that decides by role what a caller sees: operators and admins see all, viewers what the answer's schema shows them. */
export class ViewerMasksInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const { actor } = context.switchToHttp().getRequest<ActingRequest>();
    // No actor: the route is public.
    if (actor === undefined || mayAct(actor, 'operator')) return next.handle();
    const schema = this.reflector.get(ANSWERS, context.getHandler());
    return next.handle().pipe(map((answer) => (schema === undefined ? hide(answer) : maskAnswer(schema, answer))));
  }
}
