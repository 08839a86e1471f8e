import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { LEDGER_STORE } from '../injection.ts';
import { Problem } from '../problem.ts';
import type { LedgerStore } from '../store/collections.ts';
import { type Actor, findActor, mayAct, type Role } from './tokens.ts';

const ROLE = 'entrepot:role';
const PUBLIC = 'public';

/** The least role that may call; without it, `viewer`. */
export const Needs = (role: Role): MethodDecorator & ClassDecorator => SetMetadata(ROLE, role);
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(ROLE, PUBLIC);

export type ActingRequest = Request & { actor?: Actor };

/** Lets a request in by its bearer token and the role it carries. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly store: LedgerStore;

  constructor(@Inject(Reflector) reflector: Reflector, @Inject(LEDGER_STORE) store: LedgerStore) {
    this.reflector = reflector;
    this.store = store;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Kafka handlers pass through here too; they come from no person.
    if (context.getType() !== 'http') return true;
    const needed = this.reflector.getAllAndOverride<Role | 'public' | undefined>(ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needed === PUBLIC) return true;
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const token = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    const actor = token === undefined ? null : await findActor(this.store, token);
    if (actor === null) {
      throw new Problem(
        401,
        token === undefined ? 'no-token' : 'unknown-token',
        'Not let in',
        'Send a token that this installation knows: "Authorization: Bearer <token>".',
      );
    }
    if (!mayAct(actor, needed ?? 'viewer')) {
      throw new Problem(
        403,
        'wrong-role',
        'Not allowed',
        `This needs the role ${needed}; the token "${actor.label}" has ${actor.role}.`,
      );
    }
    request.actor = actor;
    return true;
  }
}
