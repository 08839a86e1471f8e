import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { refuseAddress } from './allowed.ts';

/** An address that must not be connected to, found when a name was resolved. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/**
 * Resolves names as the system does, and refuses a name when one of its addresses must not be reached: a name may be
 * pointed elsewhere after it was checked. The socket connects to the very addresses that were checked: the name is not
 * resolved a second time.
 */
export function createGuardedLookup(allowed: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 4);
      for (const { address } of addresses) {
        const refusal = refuseAddress(address, allowed);
        if (refusal !== null) {
          return callback(new ForbiddenAddress(`${hostname} resolves to ${refusal}; not connecting`), '', 4);
        }
      }
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      return first
        ? callback(null, first.address, first.family)
        : callback(new Error(`${hostname} resolves to no address`), '', 4);
    });
  };
}
