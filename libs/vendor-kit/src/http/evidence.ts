import type { Exchange } from '@entrepot/canonical';
import { maskBody, maskUrl } from './masking.ts';

/** An exchange as it went over the wire, secrets included. */
export interface RawExchange extends Omit<Exchange, 'requestBody'> {
  readonly requestBody: string | Buffer | null;
}

/**
 * An exchange as evidence. It is masked and cut when it is read, and only then: nearly all exchanges (reads of attempts that went well) are
 * dropped unread, and searching each body for secrets would cost more than the rest of the exchange.
 */
export function describeEvidence({ url, requestBody, responseBody, ...facts }: RawExchange): Exchange {
  return {
    ...facts,
    get url() {
      return maskUrl(url);
    },
    get requestBody() {
      return maskBody(requestBody === null ? null : requestBody.toString());
    },
    get responseBody() {
      return maskBody(responseBody);
    },
  };
}
