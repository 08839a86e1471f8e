import { z } from 'zod';
import { checkAllowedRange } from './allowed.ts';
import { InvalidBaseUrl, validateBaseUrl } from './base-url.ts';

const MAX_RANGES = 50;

/** Spread into a vendor's settings schema: `z.strictObject({ …, ...addressSettingsShape })`. */
export const addressSettingsShape = {
  allowedAddresses: z
    .array(
      z
        .string()
        .max(100, 'must have at most 100 characters')
        .superRefine((entry, context) => {
          const message = checkAllowedRange(entry);
          if (message !== null) context.addIssue({ code: 'custom', message });
        }),
    )
    .max(MAX_RANGES, `must have at most ${MAX_RANGES} entries`)
    .default([])
    .describe(
      `Addresses outside of the public internet at which this vendor may be: "loopback" (this machine), "private" (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7), single addresses, or ranges such as 10.20.0.0/16, at most ${MAX_RANGES}. All others that are not public are refused, when saved and when connecting; link-local addresses and the clouds' metadata services always`,
    ),
};

/** Checks the base URL of a connection within its settings schema (`superRefine`); the fault stands at `path`. */
export function checkBaseUrl(
  context: Pick<z.RefinementCtx, 'addIssue'>,
  path: string,
  url: string,
  allowed: readonly string[],
): void {
  try {
    validateBaseUrl(url, allowed);
  } catch (error) {
    if (!(error instanceof InvalidBaseUrl)) throw error;
    context.addIssue({ code: 'custom', path: [path], message: error.message });
  }
}
