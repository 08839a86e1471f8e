import type { CompanyData, Row } from '../../company/company.ts';
import { changeItem, ITEM_DEFAULTS } from '../../company/items.ts';
import { listUserFields } from '../../company/user-fields.ts';
import { changeOrder } from '../../documents/change.ts';
import { documentDefaults } from '../../documents/fill.ts';
import { changePartner, partnerDefaults } from '../../partners/partners.ts';
import type { EntitySet } from '../../schema/entity-sets.ts';
import { TYPES } from '../../schema/properties.ts';

/** Collections that a company keeps itself. */
const OWN_COLLECTIONS = ['ItemPrices', 'ItemWarehouseInfoCollection'];

/** Replaces an entity as PUT does: what the writer leaves out is null, empty or the default; collections are those of the body. */
export function replaceRow(company: CompanyData, set: EntitySet, row: Row, body: Row, nowMs: number): void {
  const whole = (defaults: Row): Row => {
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    const filled = { ...emptyRow(set), ...defaults, ...given };
    for (const field of listUserFields(company, set.table)) filled[`U_${field.name}`] ??= field.defaultValue;
    return filled;
  };
  if (set.type === 'Document') changeOrder(company, row, whole(documentDefaults(nowMs)), true, nowMs);
  else if (set.name === 'BusinessPartners') changePartner(company, row, whole(partnerDefaults(company)), true, nowMs);
  else changeItem(company, row, whole(ITEM_DEFAULTS), nowMs);
}

function emptyRow(set: EntitySet): Row {
  const names = Object.entries(TYPES[set.type] ?? {});
  return Object.fromEntries(
    names
      .filter(([name]) => !OWN_COLLECTIONS.includes(name))
      .map(([name, kind]) => [name, kind.kind === 'list' ? [] : null]),
  );
}
