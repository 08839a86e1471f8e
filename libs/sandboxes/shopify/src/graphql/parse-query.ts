import { type DocumentNode, parse } from 'graphql';

const MAX_KEPT = 200;
const parsedQueries = new Map<string, DocumentNode>();

/**
 * Parses a query. A client sends the same few texts again and again: those seen lately are not parsed anew, and give the same document.
 * @throws GraphQLError when the text is no GraphQL
 */
export function parseQuery(text: string): DocumentNode {
  const known = parsedQueries.get(text);
  if (known !== undefined) return known;
  const document = parse(text);
  if (parsedQueries.size >= MAX_KEPT) parsedQueries.clear();
  parsedQueries.set(text, document);
  return document;
}
