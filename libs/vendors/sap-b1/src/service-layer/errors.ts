import {
  type HttpClient,
  holdsJson,
  VendorError,
  type VendorErrorInit,
  type VendorErrorKind,
} from '@entrepot/vendor-kit';
import { readSapError, type SapFailure } from './wire.ts';

export interface SapAnswer {
  readonly status: number;
  readonly text: string;
}

interface Meaning {
  readonly kind: VendorErrorKind;
  readonly advice: string | null;
}

/**
 * What Service Layer's own codes mean to us. Codes are texts here, whatever the version sent. Messages are matched only where that helps
 * without being needed (see {@link STOCK_PLACE}, {@link ADVICE_BY_PLACE}): servers answer in the company's language.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  // Wrong password; -306 is an unknown company with the same text. Never repeated: the account locks.
  '-304': {
    kind: 'unauthorized',
    advice: 'Correct the user or password of the connection, then test it. The user may also be locked in SAP.',
  },
  '-306': { kind: 'unauthorized', advice: 'Correct the company database of the connection, then test it.' },
  '-5027': {
    kind: 'unauthorized',
    advice: 'The session belongs to another company: check the company database of the connection.',
  },
  // No, expired or unknown session. The session module logs in again before this is ever thrown; if it is thrown, the
  // node keeps losing sessions.
  '301': {
    kind: 'unavailable',
    advice: 'Service Layer does not keep the session it has just given: ask for its health.',
  },
  // The login service behind Service Layer is overloaded; it has refused no credentials.
  '299': { kind: 'unavailable', advice: null },
  // A table is missing on this node: another node may have it, so it is a fault of the system and not of the record.
  '407': { kind: 'unavailable', advice: 'A Service Layer node lacks a table: restart Service Layer on that node.' },
  // Stale ETag, or changed by someone at the same time: reading again and trying again is right.
  '-2039': { kind: 'conflict', advice: null },
  // The key exists already: for a create that raced, a new read and try finds the entry.
  '-2035': {
    kind: 'conflict',
    advice: 'SAP has an entry with the same key already, and it is none of ours: look for it in SAP, then retry.',
  },
  // Generic DI refusal (duplicate code, a value that is not allowed …); stock has its own case below.
  '-10': { kind: 'rejected', advice: "SAP's own text says why; correct the data in SAP or in the source, then retry." },
  // Generic business refusal, permanent.
  '-5002': {
    kind: 'rejected',
    advice: "SAP's own text says why; correct the data in SAP or in the source, then retry.",
  },
  // Seen only with the site's own rules (transaction notification procedure).
  '-1116': {
    kind: 'rejected',
    advice:
      "A rule of your company refuses the document; its text is SAP's answer. Satisfy or change the rule, then retry.",
  },
  // Value outside the valid values of a user-defined field.
  '-1004': {
    kind: 'rejected',
    advice: 'A user-defined field takes only listed values: extend the value map of the flow, or the list in SAP.',
  },
  // Unknown property or malformed body: a user-defined field that this company lacks, or our bug.
  '-1000': {
    kind: 'rejected',
    advice:
      'The company lacks a field that the flow writes: create the user-defined field named in the message, or take it out of the flow.',
  },
  // Bad query: a field of the filter does not exist in this company (mostly our user-defined field).
  '201': {
    kind: 'rejected',
    advice: 'The company lacks a field that we search by: create the user-defined field named in the message.',
  },
  '244': { kind: 'unexpected', advice: null },
  // Action not allowed for the object in its state.
  '-5006': { kind: 'rejected', advice: 'The state of the document in SAP does not allow this: decide by hand.' },
  // Missing authorisation of our user: for every record of this kind alike, but the password is right.
  '-6006': {
    kind: 'rejected',
    advice: 'Give the user of the connection the missing authorisation in SAP, then retry.',
  },
  '-21100': { kind: 'rejected', advice: 'Webhooks are not enabled in this company.' },
};

/** Missing stock may arrive: retried in growing intervals, then left to a person. */
const STOCK_SHORT: Meaning = {
  kind: 'conflict',
  advice:
    'SAP has not enough stock of the item in that warehouse. Receive or transfer stock, write to another warehouse (value map "warehouse"), or allow negative inventory in SAP; then retry.',
};

/**
 * Of the refusals -10, the one about stock names an item's place in a row and carries no message number:
 * `Quantity falls into negative inventory [IGE1.ItemCode][line: 2]`. Its words come in the company's language; the place does not. A server
 * that leaves the place out is understood in English only.
 */
const STOCK_PLACE = /^(?!\s*(?:\d{4,}\s*-|\(\d+\)))[^[]*\[[A-Z]{3}1\.ItemCode\]\s*\[[^\]]*:\s*\d+\]\s*$/;
const STOCK_WORDS = /falls? into negative inventory/i;

/** Fields that SAP names in brackets when it refuses their values, and the remedy for each. */
const ADVICE_BY_PLACE: readonly (readonly [RegExp, string])[] = [
  [
    /\[O[A-Z]{3}\.(?:DocDate|TaxDate|DocDueDate)\]/,
    'The date lies outside of the open posting periods of SAP (closed, not yet there, in the future): open the period, or set "docDate" of the flow to "today"; then retry.',
  ],
  [
    /\[[A-Z]{3}\d{1,2}\.(?:ShipTo|BillTo)?State\w?\]/,
    'The state is not defined in SAP: define it, translate it by the value map "state" of the flow, or set "writeStates" of the flow to false; then retry.',
  ],
  [
    // The one place where the text decides: columns of every kind are named, user-defined ones too.
    /Field size deviates from column definition/,
    'The text is longer than its column in SAP: say in "textLimits" of the connection how much the column takes, and longer texts are cut there and kept whole in the remarks; then retry.',
  ],
];

interface LoadStatus {
  readonly says: 'SAP Service Layer' | 'SAP Service Layer is overloaded';
  /** A worker may have died or been too slow after its commit. */
  readonly mayBeDone: boolean;
}

/** Statuses from a proxy before SAP (Apache, in HTML), with any body: no verdict on the record. */
const LOAD_STATUSES: ReadonlyMap<number, LoadStatus> = new Map([
  [429, { says: 'SAP Service Layer is overloaded', mayBeDone: false }],
  [502, { says: 'SAP Service Layer', mayBeDone: true }],
  // No worker took it.
  [503, { says: 'SAP Service Layer is overloaded', mayBeDone: false }],
  [504, { says: 'SAP Service Layer', mayBeDone: true }],
]);

/**
 * The error of a failure. Service Layer gives all its errors as JSON; Apache before it answers with {@link
 * LOAD_STATUSES}. Any other page comes from an intermediary that knows nothing of record or credentials: its 404 is no
 * absence, its 401 no refused password.
 */
export function describeFailure(
  failure: SapFailure,
  isWrite: boolean,
  http: Pick<HttpClient, 'describeForeign'>,
): VendorError {
  const { response, action, foreign } = failure;
  const isPage = foreign === true || (!holdsJson(response.text) && !LOAD_STATUSES.has(response.status));
  if (!isPage) return toVendorError(response, action, isWrite);
  return http.describeForeign(response, {
    action,
    isWrite: isWrite && (response.status < 300 || response.status >= 500),
  });
}

/**
 * The error of an answer that is no success. Kinds: see {@link MEANINGS}; an answer without SAP's body, or that speaks of load, is judged
 * by its status.
 * @param sent true when the answer is to a write: 502 and 504 then leave open whether it was done
 */
export function toVendorError(answer: SapAnswer, action: string, sent: boolean): VendorError {
  const { code, message } = readSapError(answer.text);
  const meaning =
    code === null || LOAD_STATUSES.has(answer.status) ? null : meaningOf(code, message, answer.status, sent);
  if (meaning !== null && code !== null) {
    const init: VendorErrorInit = {
      code,
      httpStatus: answer.status,
      ...(meaning.advice === null ? {} : { advice: meaning.advice }),
    };
    return new VendorError(
      meaning.kind,
      `SAP: ${message === '' ? `error ${code}` : message} (${code}, ${action})`,
      init,
    );
  }
  return judgeByStatus(answer, action, sent, code, message);
}

function meaningOf(code: string, message: string, status: number, sent: boolean): Meaning | null {
  // -2028 is "no such record": a wrong key answers 404; inside a body (unknown item, partner …) 400; what it means to a create is judged
  // there (see `readMissingReference`), whatever its status.
  if (code === '-2028') {
    if (status === 404 || !sent) return { kind: 'notFound', advice: null };
    return { kind: 'rejected', advice: MISSING_REFERENCE };
  }
  if (code === '-10' && (STOCK_PLACE.test(message) || STOCK_WORDS.test(message))) return STOCK_SHORT;
  const meaning = MEANINGS[code] ?? null;
  if (meaning?.kind !== 'rejected') return meaning;
  const advice = ADVICE_BY_PLACE.find(([place]) => place.test(message))?.[1];
  return advice === undefined ? meaning : { ...meaning, advice };
}

const MISSING_REFERENCE =
  'Something the record refers to does not exist in SAP (item, partner, warehouse …): create it, then retry.';

/**
 * A create has no key that could be missing: where it is answered -2028 as a wrong key is (404), something in its body does not exist.
 * Other errors stay as they are.
 */
export function readMissingReference(error: VendorError): VendorError {
  if (error.code !== '-2028' || error.kind !== 'notFound') return error;
  return new VendorError('rejected', error.message, {
    code: error.code,
    advice: MISSING_REFERENCE,
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
    cause: error,
  });
}

function judgeByStatus(
  answer: SapAnswer,
  action: string,
  sent: boolean,
  code: string | null,
  message: string,
): VendorError {
  const { status } = answer;
  const init: VendorErrorInit = { httpStatus: status, ...(code === null ? {} : { code }) };
  const said = message === '' ? `HTTP ${status}` : `${message} (${code ?? `HTTP ${status}`})`;
  const load = LOAD_STATUSES.get(status);
  if (load !== undefined)
    return new VendorError('unavailable', `${load.says}: ${said} (${action})`, {
      ...init,
      answerUnknown: load.mayBeDone && sent,
    });
  if (status === 412) return new VendorError('conflict', `SAP: changed meanwhile: ${said} (${action})`, init);
  if (status === 404) return new VendorError('notFound', `SAP: ${said} (${action})`, init);
  if (status === 403)
    return new VendorError('rejected', `SAP refuses: ${said} (${action})`, {
      ...init,
      advice: MEANINGS['-6006']?.advice ?? '',
    });
  // A code the contract does not name, with SAP's own words: a refusal of this record.
  if (status === 400 && code !== null) {
    const advice = "SAP's own text says why; correct the data in SAP or in the source, then retry.";
    return new VendorError('rejected', `SAP: ${said} (${action})`, { ...init, advice });
  }
  return new VendorError('unexpected', `SAP Service Layer: ${said} (${action})`, {
    ...init,
    answerUnknown: sent && status >= 500,
  });
}
