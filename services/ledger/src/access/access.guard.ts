import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { Problem } from '../problem.ts';
import { LEAST_ROLE, PUBLIC } from './needs.ts';
import { type Actor, findActor, mayAct, type Role } from './tokens.ts';

export type ActingRequest = Request & { actor?: Actor };

/** Admits a request by its bearer token and the token's role. Records refusals in the audit. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly ledger: Ledger;

  constructor(@Inject(Reflector) reflector: Reflector, @Inject(LEDGER) ledger: Ledger) {
    this.reflector = reflector;
    this.ledger = ledger;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // The guard also runs for Kafka handlers, which act for no person.
    if (context.getType() !== 'http') return true;
    const needed = this.reflector.get(LEAST_ROLE, context.getHandler()) ?? 'viewer';
    if (needed === PUBLIC) return true;
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const actor = await this.identify(request);
    if (!mayAct(actor, needed)) {
      this.ledger.refusals.note({
        code: 'wrong-role',
        address: addressOf(request),
        actor,
        subject: `${request.method} ${String(request.route?.path ?? '')}`,
      });
      throw wrongRole(actor, needed);
    }
    request.actor = actor;
    return true;
  }

  /** @throws Problem 401 when the request carries no known token; 429 after too many such requests from its address */
  private async identify(request: ActingRequest): Promise<Actor> {
    const { guesses, refusals } = this.ledger;
    const address = addressOf(request);
    const token = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      refusals.note({ code: 'no-token', address, actor: null, subject: address });
      throw notLetIn('no-token');
    }
    const waitSeconds = guesses.secondsToWait(address, token);
    if (waitSeconds > 0) {
      refusals.note({ code: 'too-many-tokens', address, actor: null, subject: address });
      throw tooMany(waitSeconds);
    }
    const actor = await findActor(this.ledger.store, token);
    if (actor === null) {
      guesses.wrong(address, token);
      refusals.note({ code: 'unknown-token', address, actor: null, subject: address });
      throw notLetIn('unknown-token');
    }
    guesses.right(token);
    return actor;
  }
}

/** The address of the connection: the caller chooses what a header says of it. */
function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? 'unknown';
}

function notLetIn(code: 'no-token' | 'unknown-token'): Problem {
  return new Problem(
    401,
    code,
    'Not let in',
    'Send a token that this installation knows: "Authorization: Bearer <token>".',
    [],
    { 'WWW-Authenticate': 'Bearer' },
  );
}

function tooMany(seconds: number): Problem {
  return new Problem(
    429,
    'too-many-tokens',
    'Too many unknown tokens',
    `So many unknown tokens came from this address that further ones are not looked at for ${seconds} s. Tokens that were in use go on working.`,
    [],
    { 'Retry-After': String(seconds) },
  );
}

function wrongRole(actor: Actor, needed: Role): Problem {
  return new Problem(
    403,
    'wrong-role',
    'Not allowed',
    `This needs the role ${needed}; the token "${actor.label}" has ${actor.role}.`,
  );
}
