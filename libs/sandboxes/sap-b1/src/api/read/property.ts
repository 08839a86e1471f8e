import { setOf } from '../../company/company.ts';
import { SapFault } from '../../protocol/sap-fault.ts';
import { writeEntity, writePage, writeProperty } from '../../protocol/version.ts';
import type { EntitySet } from '../../schema/entity-sets.ts';
import { listNavigations, type Navigation } from '../../schema/navigation.ts';
import type { CallScope, SapReply, SapRequest } from '../request.ts';
import { followNavigation, projectRow, readProjection, requireProperty } from './expand.ts';
import { parseQuery, requireRow } from './read.ts';
import { etagOf, renderRow } from './render.ts';

/**
 * One property of an entity, `Orders(1)/DocEntry`, or its bare text, `…/$value`. For a missing entity the answer is 200 and null, too.
 * @throws SapFault 201 unknown property, -2028 a navigation property of a missing entity
 */
export function readProperty(
  scope: CallScope,
  set: EntitySet,
  key: string,
  path: string,
  request: SapRequest,
): SapReply {
  const [property, form] = path.split('/') as [string, string | undefined];
  const navigation = listNavigations(set.type).find((candidate) => candidate.name === property);
  if (navigation !== undefined && form === undefined) return readRelated(scope, set, key, navigation, request);
  requireProperty(scope, set, property);
  if (form !== undefined && form !== '$value') throw new SapFault(400, -1000, 'Bad request path');
  const row = setOf(scope.company, set.name).get(key);
  const value = row === undefined ? null : renderRow(scope.company, scope.version, set, row, [property])[property];
  if (form === '$value')
    return { status: value === null ? 204 : 200, headers: {}, body: value === null ? null : String(value) };
  return {
    status: 200,
    headers: {},
    body: writeProperty(scope.version, scope.service, `${set.name}/${property}`, value),
  };
}

function readRelated(
  scope: CallScope,
  set: EntitySet,
  key: string,
  navigation: Navigation,
  request: SapRequest,
): SapReply {
  const { target } = navigation;
  const found = followNavigation(scope, navigation, set, requireRow(scope, set, key));
  const projection = readProjection(scope, target, parseQuery(request.query));
  const rows = found.map((row) => projectRow(scope, target, row, projection));
  if (!navigation.toOne)
    return {
      status: 200,
      headers: {},
      body: writePage(scope.version, scope.service, target.name, { rows, nextLink: null, count: null }),
    };
  const [row] = found;
  if (row === undefined) return { status: 204, headers: {}, body: null };
  const etag = etagOf(target, row);
  return {
    status: 200,
    headers: {},
    body: writeEntity(scope.version, scope.service, target.name, rows[0] as object, etag),
  };
}
