import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { Role } from './tokens.ts';

export const PUBLIC = 'public';
/** Where the API's description names the least role of an operation. */
export const ROLE_EXTENSION = 'x-role';

/** The least role that may call a handler; without it, `viewer`. */
export const LEAST_ROLE = Reflector.createDecorator<Role | typeof PUBLIC>();

/** The guard and the API's description read the required role from the same metadata. */
function needs(role: Role | typeof PUBLIC): MethodDecorator {
  return applyDecorators(LEAST_ROLE(role), ApiExtension(ROLE_EXTENSION, role));
}

export const Needs = (role: Role): MethodDecorator => needs(role);
export const Public = (): MethodDecorator => needs(PUBLIC);
