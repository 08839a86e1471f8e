import { Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Hands a handler's own error on to the transport. Without it Nest replaces every error that is not an RpcException by "Internal server
 * error", and the report of a bug would not say which.
 */
export class PassErrorsFilter implements ExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
// As a call: this file is also run by Node's type stripping, which knows no decorators.
Catch()(PassErrorsFilter);
