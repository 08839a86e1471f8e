import type { EntityName } from '@entrepot/canonical';
import { moveSettings, type Vendor } from '@entrepot/vendor-kit';

/** The conversion of one setting of format 1. Paths are those of the file, or those within the flow's settings. */
export interface ConvertedSetting {
  readonly from: string;
  /** Null: the setting had no effect there, and the conversion drops it. */
  readonly to: string | null;
  /** `copied`: the setting stays in effect at its old path as well. */
  readonly how: 'moved' | 'copied' | 'dropped';
}

type Fields = Readonly<Record<string, unknown>>;

export interface ConvertedFlow {
  readonly settings: unknown;
  readonly converted: readonly ConvertedSetting[];
}

const ORDER_MEMBERS = ['gate', 'totalTolerance'];
/** Value maps of an order flow that also served the customers it wrote; there was only one target vendor. */
const CUSTOMER_MAPS = ['customerGroup', 'priceList', 'paymentTerms', 'salesPerson', 'currency', 'state'];

/**
 * Converts a flow's settings of format 1 to format 2 without changing their meaning: removes order settings from flows of other entities,
 * and turns the way an order flow writes the customers it creates into a prerequisite with settings of its own. Leaves settings of format 2
 * unchanged. Pure, and never changed again.
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
  // By default an order flow created the customers it needed.
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
 * Converts a file of format 1 (`version: 1`) to format 2 and leaves anything else unchanged; the later check refuses what is no
 * configuration file.
 * @param findVendor returns the vendor, which knows the settings of its connections that moved; undefined: unknown to this process
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
    const { settings, moved, dropped } = moveSettings(vendor.movedSettings, connection['settings']);
    note(`connections[${index}].settings`, [
      ...moved.map(({ from, to }) => moveOf(from, to)),
      ...dropped.map(({ from }) => moveOf(from, null)),
    ]);
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

/** Maps the members of a list and returns it as a member of the file; empty when there is no list. */
function mapList(list: unknown, change: (member: Fields, index: number) => Fields): (name: string) => Fields {
  if (!Array.isArray(list)) return () => ({});
  const members = list.map((member: unknown, index) => (isFields(member) ? change(member, index) : member));
  return (name) => ({ [name]: members });
}

/** Settings in the form that sinks of 0.1.0 read during an upgrade: they refuse unknown keys. */
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
