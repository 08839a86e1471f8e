/** An error the API answers with, as problem+json (RFC 9457): says what is wrong, where, and what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Stable code, the last part of the problem's `type`. */
  readonly code: string;
  readonly title: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Headers that belong to the status, e.g. `Allow` of a 405. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    errors: readonly { readonly path: string; readonly message: string }[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.errors = errors;
    this.headers = headers;
  }
}

export function notFound(what: string, id: string): Problem {
  return new Problem(404, 'not-found', `No such ${what}`, `There is no ${what} "${id}".`);
}

/** The body of the answer. */
export function formatProblem(problem: Problem, instance: string): string {
  return JSON.stringify({
    type: `urn:entrepot:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  });
}
