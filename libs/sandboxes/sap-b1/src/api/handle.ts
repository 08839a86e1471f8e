import { SapFault } from '../protocol/sap-fault.ts';
import { findEntitySet } from '../schema/entity-sets.ts';
import { describeService } from './metadata/describe.ts';
import { readProperty } from './read/property.ts';
import { countEntities, listEntities, readEntity } from './read/read.ts';
import { type CallScope, keyInSet, parsePath, type SapReply, type SapRequest } from './request.ts';
import { callService } from './services.ts';
import { actOnEntity, changeEntity, createEntity, removeEntity, saveDraft } from './write/write.ts';

/** Answers one call. @throws SapFault, to be written in the version's shape */
export function handleCall(scope: CallScope, request: SapRequest): SapReply {
  if (request.path === '' || request.path === '$metadata') return describeService(scope, request);
  const path = parsePath(request.path);
  const method =
    request.method === 'POST' ? (request.headers['x-http-method-override'] ?? 'POST').toUpperCase() : request.method;
  if (path.name === 'DraftsService_SaveDraftToDocument') return saveDraft(scope, request);
  const service = callService(scope, path.name, request);
  if (service !== null) return service;
  const set = findEntitySet(path.name);
  if (set === undefined) throw new SapFault(400, -1000, 'Service Not Found');
  if (path.key === null) {
    if (method === 'GET')
      return path.rest === '$count' ? countEntities(scope, set, request) : listEntities(scope, set, request);
    if (method === 'POST' && path.rest === null) return createEntity(scope, set, request);
    throw new SapFault(400, -1000, `Method ${method} is not allowed here`);
  }
  const key = keyInSet(set, path.key);
  if (method === 'POST' && path.rest !== null) return actOnEntity(scope, set, key, path.rest, request);
  if (method === 'GET' && path.rest === null) return readEntity(scope, set, key, request);
  if (method === 'GET' && path.rest !== null) return readProperty(scope, set, key, path.rest, request);
  if (method === 'PATCH' || method === 'PUT') return changeEntity(scope, set, key, request, method);
  if (method === 'DELETE') return removeEntity(scope, set, key, request);
  throw new SapFault(400, -1000, `Method ${method} is not allowed here`);
}
