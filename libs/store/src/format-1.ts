import type { EntityName } from '@entrepot/canonical';
import { moveSettings, type Vendor } from '@entrepot/vendor-kit';

/** What became of a setting of format 1. Paths as in the file, or within the flow's settings. */
export interface ConvertedSetting {
  readonly from: string;
  /** Null: it meant nothing there, and was left out. */
  readonly to: string | null;
  /** `copied`: it counts at its old place as well. */
  readonly how: 'moved' | 'copied' | 'dropped';
}

type Fields = Readonly<Record<string, unknown>>;

export interface ConvertedFlow {
  readonly settings: unknown;
  readonly converted: readonly ConvertedSetting[];
}

const ORDER_MEMBERS = ['gate', 'totalTolerance'];
/** Value maps of an order flow that its customers were written by, too: by the one target that there was. */
const CUSTOMER_MAPS = ['customerGroup', 'priceList', 'paymentTerms', 'salesPerson', 'currency', 'state'];

/**
 * A flow's settings of format 1 in format 2, with the same meaning: what only orders have is taken out elsewhere, and how an order flow writes
 * the customers that it creates becomes a prerequisite of its own. Settings of format 2 stay as they are. Pure, and never changed again.
 */
export function convertFlowSettings(entity: EntityName, given: unknown): ConvertedFlow {
  if (!isFields(given)) return { settings: given, converted: [] };
  return entity === 'order' ? convertOrderFlow(given) : dropOrderMembers(given);
}

function dropOrderMembers(given: Fields): ConvertedFlow {
  const dropped = ORDER_MEMBERS.filter((name) => Object.hasOwn(given, name));
  return {
    settings: without(given, dropped),
    converted: dropped.map((from) => ({ from, to: null, how: 'dropped' })),
  };
}

function convertOrderFlow(given: Fields): ConvertedFlow {
  const { target, valueMaps, prerequisites } = given;
  const own = isFields(target) ? target : {};
  const customers = isFields(own['customers']) ? own['customers'] : {};
  const { record } = customers;
  const hasRecord = Object.hasOwn(customers, 'record');
  // By default an order flow made the customers it needed.
  const creates = (customers['mode'] ?? 'create') === 'create' && prerequisites === undefined;
  const maps = isFields(valueMaps) ? valueMaps : {};
  const copied = creates ? CUSTOMER_MAPS.filter((kind) => Object.hasOwn(maps, kind)) : [];
  if (!hasRecord && copied.length === 0) return { settings: given, converted: [] };
  const customer = {
    ...(hasRecord ? { target: record } : {}),
    ...(copied.length === 0 ? {} : { valueMaps: Object.fromEntries(copied.map((kind) => [kind, maps[kind]])) }),
  };
  return {
    settings: {
      ...given,
      ...(hasRecord ? { target: { ...own, customers: without(customers, ['record']) } } : {}),
      ...(creates ? { prerequisites: { customer } } : {}),
    },
    converted: [
      ...(hasRecord ? [moveOf('target.customers.record', creates ? 'prerequisites.customer.target' : null)] : []),
      ...copied.map((kind) => ({
        from: `valueMaps.${kind}`,
        to: `prerequisites.customer.valueMaps.${kind}`,
        how: 'copied' as const,
      })),
    ],
  };
}

function moveOf(from: string, to: string | null): ConvertedSetting {
  return { from, to, how: to === null ? 'dropped' : 'moved' };
}

/**
 * A file of format 1 (`version: 1`) in format 2; anything else as it is. What is no such file shows when it is checked.
 * @param findVendor the vendor of this name, which knows what of its connections' settings stood elsewhere; undefined: not known here
 */
export function convertFile(
  given: unknown,
  findVendor: (name: unknown) => Vendor | undefined,
): { readonly file: unknown; readonly converted: readonly ConvertedSetting[] } {
  if (!isFields(given) || given['version'] !== 1 || Object.hasOwn(given, 'format'))
    return { file: given, converted: [] };
  const converted: ConvertedSetting[] = [{ from: 'version', to: 'format', how: 'moved' }];
  const note = (at: string, changes: readonly ConvertedSetting[]): void => {
    for (const { from, to, how } of changes)
      converted.push({ from: `${at}.${from}`, to: to === null ? null : `${at}.${to}`, how });
  };
  const connections = mapList(given['connections'], (connection, index) => {
    const vendor = findVendor(connection['vendor']);
    if (vendor === undefined || !isFields(connection['settings'])) return connection;
    const { settings, moved } = moveSettings(vendor.movedSettings, connection['settings']);
    note(
      `connections[${index}].settings`,
      moved.map(({ from, to }) => moveOf(from, to)),
    );
    return { ...connection, settings };
  });
  const flows = mapList(given['flows'], (flow, index) => {
    const change = convertFlowSettings(flow['entity'] === 'order' ? 'order' : 'customer', flow['settings']);
    note(`flows[${index}].settings`, change.converted);
    return Object.hasOwn(flow, 'settings') ? { ...flow, settings: change.settings } : flow;
  });
  return {
    file: { format: 2, ...without(given, ['version']), ...connections('connections'), ...flows('flows') },
    converted,
  };
}

/** The list with its members changed, as a member of the file; nothing where there is no list. */
function mapList(list: unknown, change: (member: Fields, index: number) => Fields): (name: string) => Fields {
  if (!Array.isArray(list)) return () => ({});
  const members = list.map((member: unknown, index) => (isFields(member) ? change(member, index) : member));
  return (name) => ({ [name]: members });
}

/** Settings as sinks of 0.1.0 read them, while they are replaced: they refuse what they do not know. */
export function formerFlowSettings({ prerequisites, target, ...settings }: Fields): Fields {
  const customer = isFields(prerequisites) ? prerequisites['customer'] : undefined;
  if (!isFields(customer) || !isFields(target)) return { ...settings, target };
  const customers = isFields(target['customers']) ? target['customers'] : { mode: 'create' };
  const record = customers['mode'] === 'create' ? { record: customer['target'] ?? {} } : {};
  return { ...settings, target: { ...target, customers: { ...customers, ...record } } };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
