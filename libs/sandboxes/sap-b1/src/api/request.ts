import type { CompanyData } from '../company/company.ts';
import { SapFault } from '../protocol/sap-fault.ts';
import type { Version } from '../protocol/version.ts';
import type { EntitySet } from '../schema/entity-sets.ts';

/** One call, whether it came alone or as a part of a batch. */
export interface SapRequest {
  readonly method: string;
  /** Below the service root, decoded: `Orders(22)/Cancel`. */
  readonly path: string;
  /** As it came, still encoded, without `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

export interface SapReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON value; a string goes out as text/plain; null = empty. */
  readonly body: unknown;
}

/** What was committed, for the log; logged only when the commit stays. */
export interface Commit {
  readonly kind: string;
  readonly id: string;
  readonly number: string | null;
  readonly externalRef: string | null;
  readonly action: 'create' | 'update' | 'cancel' | 'delete';
  readonly remarks?: string;
}

export interface CallScope {
  readonly company: CompanyData;
  readonly version: Version;
  /** Absolute URL of the service root, e.g. `http://host/sap-b1/b1s/v2`. */
  readonly service: string;
  readonly commits: Commit[];
  now(): number;
}

/** A single value, or values by their properties' names. */
export type ResourceKey = string | Readonly<Record<string, string>>;

export interface ResourcePath {
  readonly name: string;
  /** Null when there is none. */
  readonly key: ResourceKey | null;
  /** What follows, e.g. `Cancel` or `$count`. */
  readonly rest: string | null;
}

/** Reads `Items('O''Brien/1')/$count`. @throws SapFault 400 when it is no resource path */
export function parsePath(path: string): ResourcePath {
  const head = /^([\w$]+)/.exec(path)?.[1];
  if (head === undefined) throw new SapFault(400, -1000, 'Bad request path');
  let at = head.length;
  let key: ResourceKey | null = null;
  if (path[at] === '(') {
    const end = findClosing(path, at);
    key = readKey(path.slice(at + 1, end));
    at = end + 1;
  }
  if (at === path.length) return { name: head, key, rest: null };
  if (path[at] !== '/') throw new SapFault(400, -1000, 'Bad request path');
  return { name: head, key, rest: path.slice(at + 1) };
}

function findClosing(path: string, open: number): number {
  let quoted = false;
  for (let at = open + 1; at < path.length; at += 1) {
    if (path[at] === "'") quoted = !quoted;
    else if (path[at] === ')' && !quoted) return at;
  }
  throw new SapFault(400, -1000, 'Bad request path');
}

function readKey(text: string): ResourceKey {
  const unquote = (value: string) => (value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value);
  if (!/^\w+=/.test(text)) return unquote(text.trim());
  const values = [...text.matchAll(/(\w+)=('(?:[^']|'')*'|[^,]+)/g)];
  return Object.fromEntries(values.map(([, name, value]) => [name, unquote((value as string).trim())]));
}

/** A path's key as rows are kept by it. @throws SapFault -1000 when it does not name just the properties of the set's key */
export function keyInSet(set: EntitySet, key: ResourceKey): string {
  if (typeof key === 'string' && set.keys.length === 1) return key;
  const values = typeof key === 'string' ? [] : set.keys.map(({ name }) => key[name]);
  const isWhole = values.length === Object.keys(key).length && values.every((value) => value !== undefined);
  if (typeof key === 'string' || !isWhole) throw new SapFault(400, -1000, 'Bad request path');
  return values.join('/');
}
