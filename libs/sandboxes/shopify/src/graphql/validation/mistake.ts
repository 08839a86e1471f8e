import type { ASTNode, GraphQLError } from 'graphql';

/** A refusal of a request before it runs, as in the answer. */
export interface DocumentMistake {
  readonly message: string;
  readonly locations: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

export function makeMistake(
  node: ASTNode,
  path: readonly string[],
  message: string,
  extensions: DocumentMistake['extensions'],
): DocumentMistake {
  const { line = 1, column = 1 } = node.loc?.startToken ?? {};
  return { message, locations: [{ line, column }], path, extensions };
}

/** A text that is no GraphQL. For a text that breaks off, the error points at its last word (recorded). */
export function parseMistake(error: GraphQLError): DocumentMistake {
  const text = error.source?.body.trimEnd() ?? '';
  const [at = { line: 1, column: 1 }] = error.locations ?? [];
  if (!error.message.includes('<EOF>'))
    return parseError(`syntax error, ${error.message.replace(/^Syntax Error: /, '')}`, at);
  const lines = text.split('\n');
  const last = lines.at(-1) ?? '';
  return parseError('syntax error, unexpected end of file', {
    line: lines.length,
    column: (/\w+$|\S$/.exec(last)?.index ?? 0) + 1,
  });
}

function parseError(message: string, at: { readonly line: number; readonly column: number }): DocumentMistake {
  return { message: `${message} at [${at.line}, ${at.column}]`, locations: [at], extensions: { code: 'PARSE_ERROR' } };
}
