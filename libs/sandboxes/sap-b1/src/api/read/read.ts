import { type Row, setOf } from '../../company/company.ts';
import { userFieldRow } from '../../company/user-fields.ts';
import { type Filter, parseFilter } from '../../protocol/filter.ts';
import { SapFault, textOf } from '../../protocol/sap-fault.ts';
import { etagProperty, writeEntity, writePage } from '../../protocol/version.ts';
import { type EntitySet, keyOfRow } from '../../schema/entity-sets.ts';
import type { CallScope, SapReply, SapRequest } from '../request.ts';
import { readApply } from './apply.ts';
import { projectRow, readProjection, requireProperty } from './expand.ts';
import { etagOf } from './render.ts';

const DEFAULT_PAGE = 20;

/** Query options that the sets know; others are refused, as the server does. */
const KNOWN_OPTIONS = new Set([
  '$filter',
  '$select',
  '$orderby',
  '$top',
  '$skip',
  '$count',
  '$inlinecount',
  '$expand',
  '$apply',
  '$format',
]);

const ALL: Filter = { matches: () => true, equal: null };

/** Rows of a set that a filter lets through, by key. */
function findRows(scope: CallScope, set: EntitySet, { matches, equal }: Filter): Row[] {
  if (set.name === 'UserFieldsMD') return listUserFieldRows(scope).filter(matches);
  const rows = setOf(scope.company, set.name);
  const candidates = equal === null ? rows.values() : rows.haveText(equal.property, equal.text);
  return [...candidates].filter(matches);
}

function listUserFieldRows(scope: CallScope): Row[] {
  return scope.company.userFields.map(userFieldRow);
}

export function readEntity(scope: CallScope, set: EntitySet, key: string, request: SapRequest): SapReply {
  const row = requireRow(scope, set, key);
  const projection = readProjection(scope, set, parseQuery(request.query));
  const etag = etagOf(set, row);
  const entity = projectRow(scope, set, row, projection);
  return {
    status: 200,
    headers: etag === null ? {} : { ETag: etag },
    body: writeEntity(scope.version, scope.service, set.name, entity, etag),
  };
}

/** A row by its key. @throws SapFault 404/-2028 */
export function requireRow(scope: CallScope, set: EntitySet, key: string): Row {
  const row =
    set.name === 'UserFieldsMD'
      ? listUserFieldRows(scope).find((field) => keyOfRow(set, field) === key)
      : setOf(scope.company, set.name).get(key);
  if (row === undefined) throw new SapFault(404, -2028, textOf('notFound', scope.company.settings.language));
  return row;
}

/** `Orders/$count`: the bare number as text, in both versions. */
export function countEntities(scope: CallScope, set: EntitySet, request: SapRequest): SapReply {
  const options = parseQuery(request.query);
  return {
    status: 200,
    headers: {},
    body: String(findRows(scope, set, readFilter(scope, set, options, request)).length),
  };
}

/** A page of a set: by `$skip`, with a relative link that repeats the query; a full last page still has one. */
export function listEntities(scope: CallScope, set: EntitySet, request: SapRequest): SapReply {
  const options = parseQuery(request.query);
  refuseUnknownOptions(options);
  const apply = options.get('$apply');
  if (apply !== undefined) return applyToSet(scope, set, apply, options, request);
  const matching = findRows(scope, set, readFilter(scope, set, options, request));
  const ordered = sortRows(scope, set, matching, options.get('$orderby'));
  const { size, applied } = readPageSize(request);
  const top = readCount(options.get('$top'));
  const skip = readCount(options.get('$skip')) ?? 0;
  const limit = Math.min(top ?? Number.POSITIVE_INFINITY, size);
  const rows = ordered.slice(skip, skip + limit);
  const projection = readProjection(scope, set, options);
  const rendered = rows.map((row) => {
    const entity = projectRow(scope, set, row, projection);
    const etag = etagOf(set, row);
    return etag === null ? entity : { [etagProperty(scope.version)]: etag, ...entity };
  });
  const isFull = rows.length === size && (top === null || top > size);
  const nextLink = isFull
    ? writeNextLink(set, request.query, skip + rows.length, top === null ? null : top - rows.length)
    : null;
  const wantsCount = options.get('$count') === 'true' || options.get('$inlinecount') === 'allpages';
  const body = writePage(scope.version, scope.service, set.name, {
    rows: rendered,
    nextLink,
    count: wantsCount ? matching.length : null,
  });
  return { status: 200, headers: applied === null ? {} : { 'Preference-Applied': applied }, body };
}

/** Groups and sums of a set's rows, in one page. */
function applyToSet(
  scope: CallScope,
  set: EntitySet,
  text: string,
  options: Map<string, string>,
  request: SapRequest,
): SapReply {
  const applied = readApply(scope, set, text);
  const own = readFilter(scope, set, options, request);
  const first = readFilter(scope, set, new Map([['$filter', applied.filter ?? '']]), request);
  const rows = applied.run(findRows(scope, set, own).filter(first.matches));
  return {
    status: 200,
    headers: {},
    body: writePage(scope.version, scope.service, set.name, { rows, nextLink: null, count: null }),
  };
}

/** Options of a query string, decoded. */
export function parseQuery(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decodeURIComponent(equals === -1 ? part : part.slice(0, equals));
    options.set(name, equals === -1 ? '' : decodeURIComponent(part.slice(equals + 1).replaceAll('+', ' ')));
  }
  return options;
}

function refuseUnknownOptions(options: Map<string, string>): void {
  for (const name of options.keys())
    if (name.startsWith('$') && !KNOWN_OPTIONS.has(name))
      throw new SapFault(400, 201, `Query string error - Unsupported query option '${name}'`);
}

function readFilter(scope: CallScope, set: EntitySet, options: Map<string, string>, request: SapRequest): Filter {
  const text = options.get('$filter');
  if (text === undefined || text.trim() === '') return ALL;
  return parseFilter(text, {
    ignoreCase: request.headers['b1s-caseinsensitive'] === 'true',
    kindOf: (property) => requireProperty(scope, set, property),
  });
}

function sortRows(scope: CallScope, set: EntitySet, rows: Row[], text: string | undefined): Row[] {
  if (text === undefined || text.trim() === '') return rows;
  const terms = text.split(',').map((term) => {
    const [name, direction] = term.trim().split(/\s+/) as [string, string | undefined];
    requireProperty(scope, set, name);
    return { name, sign: direction === 'desc' ? -1 : 1 };
  });
  return [...rows].sort((a, b) => {
    for (const { name, sign } of terms) {
      const order = compareValues(a[name], b[name]) * sign;
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a ?? ''), String(b ?? '')];
  return x < y ? -1 : x > y ? 1 : 0;
}

function readPageSize(request: SapRequest): { size: number; applied: string | null } {
  const prefer = /odata\.maxpagesize=(\d+)/.exec(request.headers.prefer ?? '')?.[1];
  const asked = prefer ?? request.headers['b1s-pagesize'];
  if (asked === undefined || !/^\d+$/.test(asked)) return { size: DEFAULT_PAGE, applied: null };
  // Zero switches paging off.
  const size = Number(asked) === 0 ? Number.POSITIVE_INFINITY : Number(asked);
  return { size, applied: prefer === undefined ? null : `odata.maxpagesize=${asked}` };
}

function readCount(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) throw new SapFault(400, 201, 'Query string error - Invalid value');
  return Number(text);
}

/** The other options as they came, still encoded; `$top` counts down. */
function writeNextLink(set: EntitySet, query: string, skip: number, top: number | null): string {
  const kept = query.split('&').filter((part) => part !== '' && !/^(\$|%24)(skip|top)=/i.test(part));
  return `${set.name}?${[...kept, ...(top === null ? [] : [`$top=${top}`]), `$skip=${skip}`].join('&')}`;
}
