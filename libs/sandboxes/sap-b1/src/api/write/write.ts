import { type Row, setOf } from '../../company/company.ts';
import { addItem, changeItem } from '../../company/items.ts';
import { readBody } from '../../company/read-body.ts';
import { addUserField, userFieldRow } from '../../company/user-fields.ts';
import { changeOrder } from '../../documents/change.ts';
import { moveOrder } from '../../documents/moves.ts';
import { addDraft, addOrder, saveDraftAsOrder } from '../../documents/orders.ts';
import { addPartner, changePartner, removePartner } from '../../partners/partners.ts';
import { SapFault, textOf } from '../../protocol/sap-fault.ts';
import { writeEntity } from '../../protocol/version.ts';
import { type EntitySet, findEntitySet, keyOfRow } from '../../schema/entity-sets.ts';
import { requireRow } from '../read/read.ts';
import { etagOf, renderRow } from '../read/render.ts';
import type { CallScope, SapReply, SapRequest } from '../request.ts';
import { replaceRow } from './replace.ts';

/** Field that carries the writer's reference, for the commit log. */
export const REFERENCE_FIELD = 'U_EntrepotRef';

const empty = (status: number, headers: Record<string, string> = {}): SapReply => ({ status, headers, body: null });

/** POST on a set. @throws SapFault */
export function createEntity(scope: CallScope, set: EntitySet, request: SapRequest): SapReply {
  const { settings } = scope.company;
  if (settings.repeatedCreates > 0) {
    settings.repeatedCreates -= 1;
    try {
      createOnce(scope, set, request);
    } catch (error) {
      if (!(error instanceof DraftMade)) throw error;
    }
  }
  return createOnce(scope, set, request);
}

function createOnce(scope: CallScope, set: EntitySet, request: SapRequest): SapReply {
  const body = readBody(scope.company, set, set.type, request.body);
  const stored = storeEntity(scope, set, body);
  const wantsNothing = request.headers.prefer?.includes('return-no-content') === true;
  note(scope, stored.set, stored.row, 'create');
  if (stored.set.name === 'Drafts' && set.name === 'Orders') {
    // Approval: the order exists as a draft only. Without the preference the server calls that an error.
    if (wantsNothing) return empty(204, { 'Preference-Applied': 'return-no-content' });
    const { approvalStatus, language } = scope.company.settings;
    throw new DraftMade(approvalStatus, textOf('notFound', language));
  }
  const location = `${scope.service}/${stored.set.name}(${keyText(stored.set, stored.row)})`;
  if (wantsNothing) return empty(204, { Location: location, 'Preference-Applied': 'return-no-content' });
  const etag = etagOf(stored.set, stored.row);
  const entity = renderRow(scope.company, scope.version, stored.set, stored.row, null);
  const headers = { Location: location, ...(etag === null ? {} : { ETag: etag }) };
  return { status: 201, headers, body: writeEntity(scope.version, scope.service, stored.set.name, entity, etag) };
}

/** -2028 after all was stored: the one refusal that does not undo what it refuses. */
class DraftMade extends SapFault {
  constructor(status: number, message: string) {
    super(status, -2028, message);
  }
}

function storeEntity(scope: CallScope, set: EntitySet, body: Row): { set: EntitySet; row: Row } {
  const { company } = scope;
  const nowMs = scope.now();
  switch (set.name) {
    case 'Orders': {
      const stored = addOrder(company, body, nowMs);
      return { set: findEntitySet(stored.set) as EntitySet, row: stored.row };
    }
    case 'Drafts':
      return { set, row: addDraft(company, body, nowMs).row };
    case 'BusinessPartners':
      return { set, row: addPartner(company, body, nowMs) };
    case 'Items':
      return { set, row: createItem(scope, body) };
    case 'UserFieldsMD':
      return { set, row: createUserField(scope, body) };
    default:
      throw new SapFault(400, -5006, textOf('unsupported', company.settings.language));
  }
}

function createItem(scope: CallScope, body: Row): Row {
  const { company } = scope;
  const itemCode = body.ItemCode;
  if (typeof itemCode !== 'string' || itemCode === '')
    throw new SapFault(400, -5002, `${textOf('noCode', company.settings.language)}  [OITM.ItemCode]`);
  if (setOf(company, 'Items').has(itemCode)) throw new SapFault(400, -10, `Item code '${itemCode}' already exists`);
  return Object.assign(addItem(company, { itemCode, stock: 0 }, scope.now()), body);
}

function createUserField(scope: CallScope, body: Row): Row {
  const valid = (body.ValidValuesMD ?? []) as Row[];
  if (typeof body.TableName !== 'string' || typeof body.Name !== 'string')
    throw new SapFault(400, -1000, 'TableName and Name are required');
  const field = addUserField(scope.company, {
    table: body.TableName,
    name: body.Name,
    description: String(body.Description ?? body.Name),
    type: String(body.Type ?? 'db_Alpha'),
    subType: String(body.SubType ?? 'st_None'),
    size: Number(body.Size ?? body.EditSize ?? 10),
    mandatory: body.Mandatory === 'tYES',
    defaultValue: body.DefaultValue === undefined || body.DefaultValue === null ? null : String(body.DefaultValue),
    validValues: valid.map((entry) => ({ value: String(entry.Value), description: String(entry.Description ?? '') })),
  });
  return userFieldRow(field);
}

/**
 * PATCH on a key, 204 without body, also for an empty change; or PUT, which replaces the entity.
 * @throws SapFault
 */
export function changeEntity(
  scope: CallScope,
  set: EntitySet,
  key: string,
  request: SapRequest,
  method: 'PATCH' | 'PUT',
): SapReply {
  const { company } = scope;
  const row = requireKey(scope, set, key);
  checkEtag(scope, set, row, request);
  // Definitions of fields are made and read, not changed.
  if (!set.writable || !set.stamped) throw new SapFault(400, -5006, textOf('unsupported', company.settings.language));
  const change = readBody(company, set, set.type, request.body ?? {});
  const replace = request.headers['b1s-replacecollectionsonpatch'] === 'true';
  // A refused change leaves the row as it was.
  const before = structuredClone(row);
  try {
    if (method === 'PUT') replaceRow(company, set, row, change, scope.now());
    else if (set.type === 'Document') changeOrder(company, row, change, replace, scope.now());
    else if (set.name === 'BusinessPartners') changePartner(company, row, change, replace, scope.now());
    else changeItem(company, row, change, scope.now());
  } catch (error) {
    for (const name of Object.keys(row)) delete row[name];
    Object.assign(row, before);
    throw error;
  }
  setOf(company, set.name).set(key, row);
  note(scope, set, row, 'update');
  return empty(204);
}

/** DELETE on a key: documents refuse it. */
export function removeEntity(scope: CallScope, set: EntitySet, key: string, request: SapRequest): SapReply {
  const row = requireKey(scope, set, key);
  checkEtag(scope, set, row, request);
  if (set.name === 'BusinessPartners') removePartner(scope.company, key);
  else if (set.name === 'Drafts' || set.name === 'Items') setOf(scope.company, set.name).delete(key);
  else throw new SapFault(400, -5006, textOf('unsupported', scope.company.settings.language));
  note(scope, set, row, 'delete');
  return empty(204);
}

/** Actions on one entity. @throws SapFault */
export function actOnEntity(
  scope: CallScope,
  set: EntitySet,
  key: string,
  action: string,
  request: SapRequest,
): SapReply {
  const row = requireKey(scope, set, key);
  checkEtag(scope, set, row, request);
  if (set.name !== 'Orders' || (action !== 'Cancel' && action !== 'Close' && action !== 'Reopen'))
    throw new SapFault(400, -1000, `Invalid action '${action}'`);
  moveOrder(scope.company, row, action, scope.now());
  note(scope, set, row, action === 'Cancel' ? 'cancel' : 'update');
  return empty(204);
}

/** DraftsService_SaveDraftToDocument: approval is done, the draft becomes an order. */
export function saveDraft(scope: CallScope, request: SapRequest): SapReply {
  const docEntry = (request.body as { Document?: { DocEntry?: unknown } } | null)?.Document?.DocEntry;
  const stored = saveDraftAsOrder(scope.company, String(docEntry), scope.now());
  note(scope, findEntitySet('Orders') as EntitySet, stored.row, 'create');
  return empty(204);
}

/** PATCH and DELETE say of a missing key what a read does not. */
function requireKey(scope: CallScope, set: EntitySet, key: string): Row {
  try {
    return requireRow(scope, set, key);
  } catch (error) {
    if (!(error instanceof SapFault)) throw error;
    throw new SapFault(404, -2028, `Entity with value('${key}') does not exist`);
  }
}

function checkEtag(scope: CallScope, set: EntitySet, row: Row, request: SapRequest): void {
  const expected = request.headers['if-match'];
  if (expected === undefined || expected === '*' || expected === etagOf(set, row)) return;
  throw new SapFault(412, -2039, textOf('stale', scope.company.settings.language));
}

function keyText(set: EntitySet, row: Row): string {
  const values = set.keys.map(({ name, kind }) => {
    const text = String(row[name]);
    return kind === 'int' ? text : `'${encodeURIComponent(text.replaceAll("'", "''"))}'`;
  });
  return values.length === 1
    ? String(values[0])
    : set.keys.map(({ name }, index) => `${name}=${values[index]}`).join(',');
}

function note(scope: CallScope, set: EntitySet, row: Row, action: 'create' | 'update' | 'cancel' | 'delete'): void {
  const reference = row[REFERENCE_FIELD];
  scope.commits.push({
    kind: set.name,
    id: keyOfRow(set, row),
    number: row.DocNum === undefined ? null : String(row.DocNum),
    externalRef: typeof reference === 'string' && reference !== '' ? reference : null,
    action,
    ...(typeof row.Comments === 'string' && { remarks: row.Comments }),
  });
}
