import { VendorError, type VendorErrorInit, type VendorErrorKind } from '../vendor-error.ts';
import { FileFailure, type FileFault } from './transport.ts';

export interface AskedFiles {
  readonly vendor: string;
  readonly action: string;
  /** True when a call without answer may have changed what others see. */
  readonly answerUnknown: boolean;
}

/** Code of a file that is there and is not read. */
export const TOO_LARGE = 'file-too-large';

interface Verdict {
  readonly kind: VendorErrorKind;
  readonly code: string;
  readonly words: string;
  readonly advice?: string;
}

/** No answer came: the only failures that leave a doubt. All others are answers, or nothing was asked. */
const UNANSWERED: ReadonlySet<FileFault> = new Set(['lost', 'late']);

const VERDICTS: Readonly<Record<FileFault, Verdict>> = {
  unreachable: { kind: 'unavailable', code: 'unreachable', words: 'cannot be reached' },
  address: {
    kind: 'unavailable',
    code: 'forbidden-address',
    words: 'may not be connected to',
    advice: "Correct the connection's host or folder, or name the address in its allowedAddresses.",
  },
  'host-key': {
    kind: 'unavailable',
    code: 'host-key',
    words: 'is not the server that was pinned',
    advice:
      "Ask whoever runs the server whether its host key was changed, and only then save the new one as the connection's hostKey.",
  },
  'sign-in': {
    kind: 'unauthorized',
    code: 'sign-in',
    words: 'refuses the sign-in',
    advice: "Correct the connection's user, password or private key.",
  },
  lost: { kind: 'unavailable', code: 'connection-lost', words: 'closed the connection before it answered' },
  late: { kind: 'timeout', code: 'timeout', words: 'did not answer in time' },
  absent: { kind: 'notFound', code: 'no-such-file', words: 'has no such file or folder' },
  denied: {
    kind: 'unauthorized',
    code: 'permission-denied',
    words: 'does not permit it',
    advice: 'Give the user of the connection the right to read, write and rename in these folders.',
  },
  exists: { kind: 'conflict', code: 'file-exists', words: 'has a file of that name already' },
  full: { kind: 'unavailable', code: 'disk-full', words: 'has no room left' },
  'too-large': {
    kind: 'unexpected',
    code: TOO_LARGE,
    words: 'has a larger file there than is read',
    advice: 'Have the site export less at once, or raise the limit of the connection.',
  },
  failed: { kind: 'unexpected', code: 'failed', words: 'failed' },
};

/** What a call on files failed by, as the runtimes judge it. Anything but a transport's failure is a bug, and stays what it is. */
export function describeFileFailure(error: unknown, { vendor, action, answerUnknown }: AskedFiles): unknown {
  if (!(error instanceof FileFailure)) return error;
  const { kind, code, words, advice } = VERDICTS[error.fault];
  const init: VendorErrorInit = {
    code,
    cause: error,
    answerUnknown: answerUnknown && UNANSWERED.has(error.fault),
    ...(advice === undefined ? {} : { advice }),
  };
  return new VendorError(kind, `The files of ${vendor}: the place ${words} (${action}): ${error.message}`, init);
}
