import type { Exchange } from '@entrepot/canonical';
import type { Masker } from '@entrepot/service-kit/masking';

/** Bodies are cut here; enough for any order, small enough for a Kafka record. */
const EVIDENCE_LIMIT_CHARS = 16 * 1024;

/** An exchange as it went over the wire, secrets included. */
export interface RawExchange extends Omit<Exchange, 'requestBody'> {
  readonly requestBody: string | Buffer | null;
}

/**
 * An exchange as evidence. It is masked and cut when it is read, and only then: nearly all exchanges (reads of attempts that went well) are
 * dropped unread, and searching each body for secrets would cost more than the rest of the exchange.
 */
export function describeEvidence(exchange: RawExchange, masker: Masker): Exchange {
  const { url, requestBody, responseBody, ...facts } = exchange;
  return {
    ...facts,
    get url() {
      return masker.mask(url);
    },
    get requestBody() {
      return requestBody === null ? null : showBody(requestBody.toString(), masker);
    },
    get responseBody() {
      return responseBody === null ? null : showBody(responseBody, masker);
    },
  };
}

/** A body as evidence. */
export function showBody(body: string, masker: Masker): string {
  return masker.cut(body, EVIDENCE_LIMIT_CHARS);
}
