import { withDeadline } from '@entrepot/store';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';

/** Timeout of a request; a connection test asks a vendor and may need most of it. */
const DEADLINE_MS = 45_000;

/** Ends requests that hang because the database's connection broke at the wrong moment; the answer is 503. */
export class DeadlineInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    return from(withDeadline(lastValueFrom(next.handle(), { defaultValue: undefined }), DEADLINE_MS));
  }
}
