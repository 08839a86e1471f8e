import { type ErrorDetail, type FieldProblem } from '@entrepot/canonical';

interface Problem extends FieldProblem {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** Gathers all problems that keep a record from being mapped, so that an operator sees them together. */
export interface Problems {
  add(
    code: string,
    path: string,
    message: string,
    advice: string,
    values?: { expected?: string; actual?: string },
  ): void;
  readonly any: boolean;
  /** All problems as one error; its code is the first one's. @throws Error when there is none */
  toDetail(): ErrorDetail;
}

export function collectProblems(): Problems {
  const problems: Problem[] = [];
  return {
    add: (code, path, message, advice, values = {}) => {
      if (problems.some((known) => known.code === code && known.path === path && known.message === message)) return;
      problems.push({ code, path, message, advice, ...values });
    },
    get any() {
      return problems.length > 0;
    },
    toDetail: () => {
      const [first] = problems;
      if (first === undefined) throw new Error('there is no problem to tell');
      const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
      return {
        kind: 'mapping',
        code: first.code,
        message: first.message + more,
        advice: [...new Set(problems.map((problem) => problem.advice))].join(' '),
        fields: problems.map(({ path, message, expected, actual }) => ({
          path,
          message,
          ...(expected === undefined ? {} : { expected }),
          ...(actual === undefined ? {} : { actual }),
        })),
      };
    },
  };
}
