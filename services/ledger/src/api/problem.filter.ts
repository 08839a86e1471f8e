import { randomUUID } from 'node:crypto';
import type { Logger } from '@entrepot/service-kit';
import { isStoreUnavailable } from '@entrepot/store';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Problem } from '../problem.ts';

/** Answers every error as problem+json. What we did not foresee is logged under an id that the answer carries, and says nothing else. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.toProblem(error, request);
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: `urn:entrepot:problem:${problem.code}`,
          title: problem.title,
          status: problem.status,
          detail: problem.message,
          instance: request.path,
          ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
        }),
      );
  }

  private toProblem(error: unknown, request: Request): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HttpException) return fromHttp(error, request);
    if (statusOf(error) === 413) {
      return new Problem(413, 'too-large', 'Request is too large', 'A request may hold 1 MB.');
    }
    const id = randomUUID();
    this.log.error({ err: error, errorId: id, route: request.path }, 'request failed');
    if (isAway(error)) {
      return new Problem(
        503,
        'unavailable',
        'A part this needs is away',
        `The database or Kafka did not answer. Nothing was changed; try again in a moment. Error id ${id}.`,
      );
    }
    return new Problem(500, 'internal', 'Something went wrong here', `It is in the ledger's log under error id ${id}.`);
  }
}

function fromHttp(error: HttpException, request: Request): Problem {
  const status = error.getStatus();
  if (status === 404) {
    return new Problem(
      404,
      'no-route',
      'No such route',
      `${request.method} ${request.path} does not exist; see /v1/openapi.json.`,
    );
  }
  if (status === 400) return new Problem(400, 'unreadable', 'Request cannot be read', error.message);
  return new Problem(status, 'http', error.name, error.message);
}

/** Of an error that a body parser threw before any route was found. */
function statusOf(error: unknown): unknown {
  return (error as { status?: unknown } | null)?.status;
}

function isAway(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return isStoreUnavailable(error) || name === 'PublishUnavailable' || name === 'PublisherClosed';
}
