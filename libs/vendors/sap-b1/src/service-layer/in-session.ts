import type { HttpClient } from '@entrepot/vendor-kit';
import { describeFailure } from './errors.ts';
import type { Session } from './session.ts';
import { readSapError, type SapFailure } from './wire.ts';

/**
 * Makes an exchange with the cookies of a live session, and once more with a new session when its answer says that this one is of no use.
 * @param failureOf what is wrong with the answer; null when it is a success
 * @param isWrite true when the exchange may change something
 * @throws VendorError of the failure
 */
export type InSession = <Answer>(
  exchange: (cookies: string) => Promise<Answer>,
  failureOf: (answer: Answer) => SapFailure | null,
  isWrite: boolean,
) => Promise<Answer>;

export function createInSession(session: Session, http: HttpClient): InSession {
  return async (exchange, failureOf, isWrite) => {
    const attempt = async (cookies: string) => {
      const answer = await exchange(cookies);
      session.touch();
      return { answer, failure: failureOf(answer) };
    };
    const cookies = await session.cookies();
    let { answer, failure } = await attempt(cookies);
    if (failure !== null && deservesNewSession(failure, isWrite)) {
      session.drop(cookies);
      ({ answer, failure } = await attempt(await session.cookies()));
    }
    if (failure !== null) throw describeFailure(failure, isWrite, http);
    return answer;
  };
}

/** 301: the session is dead, nothing was done. 407: this node lacks a table, a new session may land on another node. */
function deservesNewSession({ response }: SapFailure, isWrite: boolean): boolean {
  const { code } = readSapError(response.text);
  return (response.status === 401 && code === '301') || (code === '407' && !isWrite);
}
