import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { takeBody } from './take-body.ts';
import { TAKES_BODY } from './zod-http.ts';

/** Reads the body for the handlers that take one. Interceptors run after guards, so the body of a request without a token is never read. */
export class TakeBodyInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const kind = this.reflector.get(TAKES_BODY, context.getHandler());
    const http = context.switchToHttp();
    if (kind !== undefined) await takeBody(http.getRequest<Request>(), http.getResponse<Response>(), kind);
    return next.handle();
  }
}
