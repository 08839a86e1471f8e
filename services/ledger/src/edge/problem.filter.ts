import { randomUUID } from 'node:crypto';
import type { Logger } from '@entrepot/service-kit';
import { isStoreUnavailable } from '@entrepot/store';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { formatProblem, Problem } from '../problem.ts';

/** Methods that change nothing, even when they fail. */
const SAFE_METHODS = ['GET', 'HEAD'];

/**
 * Answers every error as problem+json. An unforeseen error is logged under an id that the answer carries; the answer contains nothing else
 * of it.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log: Logger;
  private readonly methodsAt: (path: string) => readonly string[];

  /** @param methodsAt returns the methods by which a path can be called; empty for an unknown path */
  constructor(log: Logger, methodsAt: (path: string) => readonly string[]) {
    this.log = log;
    this.methodsAt = methodsAt;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.toProblem(error, request);
    response
      .status(problem.status)
      .set({ ...problem.headers })
      .type('application/problem+json')
      .send(formatProblem(problem, request.path));
  }

  private toProblem(error: unknown, request: Request): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HttpException) return this.fromHttp(error, request);
    const id = randomUUID();
    this.log.error({ err: error, errorId: id, route: request.path }, 'request failed');
    if (isAway(error)) {
      const left = SAFE_METHODS.includes(request.method)
        ? 'Try again in a moment.'
        : 'What was asked for may have been done, in whole or in part: look before you ask again.';
      return new Problem(
        503,
        'unavailable',
        'A part this needs is away',
        `The database or Kafka did not answer. ${left} Error id ${id}.`,
      );
    }
    return new Problem(500, 'internal', 'Something went wrong here', `It is in the ledger's log under error id ${id}.`);
  }

  /** Nest's own errors: no route, and paths that cannot be decoded. */
  private fromHttp(error: HttpException, request: Request): Problem {
    if (error.getStatus() !== 404) {
      return new Problem(400, 'unreadable', 'Request cannot be read', error.message);
    }
    const methods = this.methodsAt(request.path);
    if (methods.length === 0) {
      return new Problem(404, 'no-route', 'No such route', `There is no ${request.path}; see /v1/openapi.json.`);
    }
    const allow = methods.join(', ');
    return new Problem(
      405,
      'method-not-allowed',
      'Not by this method',
      `${request.path} can be called by ${allow}; see /v1/openapi.json.`,
      [],
      { Allow: allow },
    );
  }
}

function isAway(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return isStoreUnavailable(error) || name === 'PublishUnavailable' || name === 'PublisherClosed';
}
