import { SapFault } from '../../protocol/sap-fault.ts';
import { listEntitySets } from '../../schema/entity-sets.ts';
import type { CallScope, SapReply, SapRequest } from '../request.ts';
import { readModel } from './model.ts';
import { writeOData3 } from './odata3.ts';
import { writeOData4 } from './odata4.ts';

/** The service document, or `$metadata`: what of the company is served, in the version's own schema language. */
export function describeService(scope: CallScope, request: SapRequest): SapReply {
  if (request.method !== 'GET') throw new SapFault(400, -1000, `Method ${request.method} is not allowed here`);
  if (request.path === '') return { status: 200, headers: {}, body: serviceDocument(scope) };
  const model = readModel(scope.company);
  const body = scope.version === 'v1' ? writeOData3(model) : writeOData4(model);
  return { status: 200, headers: { 'Content-Type': 'application/xml;charset=utf-8' }, body };
}

function serviceDocument({ version, service }: CallScope): object {
  const sets = listEntitySets().map(({ name }) => ({ name, url: name }));
  return version === 'v1'
    ? { 'odata.metadata': `${service}/$metadata`, value: sets }
    : { '@odata.context': `${service}/$metadata`, value: sets.map((set) => ({ ...set, kind: 'EntitySet' })) };
}
