import type { Strikeable, StruckPart } from '@entrepot/sandbox-faults';
import { SapFault } from '../../protocol/sap-fault.ts';
import { readOperation, readVersion } from '../operation.ts';
import type { CallScope, SapReply } from '../request.ts';
import { replyWithStatus } from '../status-reply.ts';
import { type PartInterceptor, runBatch } from './batch.ts';
import { type BatchPart, type BatchSection, readBatchBody } from './body.ts';

/** A `$batch` as it came. */
export interface BatchRequest {
  readonly contentType: string;
  readonly text: string;
}

/** The calls inside a batch, for faults that are about one of them; none when it cannot be read, which answering it will say. */
export function listParts(path: string, request: BatchRequest): Strikeable[] {
  const version = readVersion(path);
  try {
    return listCalls(readBatchBody(version, request.contentType, request.text)).map(({ request: call }) => {
      const callPath = `/b1s/${version}/${call.path}`;
      return { method: call.method, path: callPath, operation: readOperation(callPath) };
    });
  } catch (error) {
    if (error instanceof SapFault) return [];
    throw error;
  }
}

/**
 * Answers a batch whose session was looked at; it may still die on the way.
 * @param struck the part that a fault is about; its index is that in {@link listParts}
 * @throws SapFault when it cannot be read
 */
export function answerBatch(
  scope: CallScope,
  request: BatchRequest,
  struck: StruckPart | null,
  endSession: () => void,
): SapReply {
  const sections = readBatchBody(scope.version, request.contentType, request.text);
  if (struck === null) return runBatch(scope, sections, () => null);
  const { fault } = struck;
  const struckPart = listCalls(sections)[struck.index];
  let sessionIsDead = false;
  const intercept: PartInterceptor = (part) => {
    if (part === struckPart && fault.type === 'status') {
      const reply = replyWithStatus(scope.version, fault.code);
      return { ...reply, headers: { ...reply.headers, ...fault.headers }, body: fault.body ?? reply.body };
    }
    if (part === struckPart) {
      endSession();
      sessionIsDead = true;
    }
    return sessionIsDead ? replyWithStatus(scope.version, 401) : null;
  };
  return runBatch(scope, sections, intercept);
}

function listCalls(sections: readonly BatchSection[]): readonly BatchPart[] {
  return sections.flatMap((section) => (section.kind === 'single' ? [section.part] : section.parts));
}
