import type { EntityName, FieldProblem } from '@entrepot/canonical';
import { boundedText, type FlowSettings, flowSettingsSchemaOf } from '@entrepot/mapping';
import { flowSchemaOf as flowSchemaOfTarget, listEntities, type Vendor } from '@entrepot/vendor-kit';
import type { z } from 'zod';
import { dropRemoved } from '../removed-settings.ts';

/** The vendors this process knows, by name. */
export type VendorRegistry = ReadonlyMap<string, Vendor>;

export function registerVendors(vendors: readonly Vendor[]): VendorRegistry {
  return new Map(vendors.map((vendor) => [vendor.name, vendor]));
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Parses with a schema; problems carry paths below `at`. Messages never quote the value: it may be a secret. */
export function checkWith<T>(schema: z.ZodType<T>, value: unknown, at: string): Checked<T> {
  const unsound = findUnsound(value, at);
  if (unsound.length > 0) return { ok: false, problems: unsound };
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => describeIssue(issue, at)) };
}

const DEEPEST = 20;

/**
 * Finds what schemas miss: zod ignores `__proto__` silently, and no valid settings are nested this deeply. Through YAML aliases a value can
 * contain itself and occur in many places: each value is visited once, so that the walk ends.
 */
function findUnsound(
  value: unknown,
  at: string,
  above: readonly object[] = [],
  seen = new Set<object>(),
): FieldProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (above.includes(value)) return [{ path: at, message: 'holds itself: write it out, without that alias' }];
  if (above.length > DEEPEST) return [{ path: at, message: `is nested deeper than ${DEEPEST} levels` }];
  if (seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([name, member]) => {
    const path = joinPath(at, [Array.isArray(value) ? Number(name) : name]);
    return name === '__proto__'
      ? [{ path, message: 'is a reserved name' }]
      : findUnsound(member, path, [...above, value], seen);
  });
}

/** Path of a field in words of the configuration file, e.g. `flows[0].settings.gate`. */
export function joinPath(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`;
    return joined === '' ? String(part) : `${joined}.${String(part)}`;
  }, at);
}

function describeIssue(issue: z.core.$ZodIssue, at: string): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: joinPath(at, [...issue.path, key]),
      message: 'is not known here: check the spelling, or take it out',
    }));
  }
  // Its own message says no more than that the name is wrong.
  const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return [{ path: joinPath(at, issue.path), message: inner ?? issue.message }];
}

/** What people call a connection or a tenant. */
export const labelSchema: z.ZodType<string> = boundedText(200);

const ID_FORMAT = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Ids of connections and tenants. */
export function checkId(id: string, at: string): FieldProblem[] {
  if (ID_FORMAT.test(id)) return [];
  return [
    {
      path: joinPath(at, ['id']),
      message: 'must be lower-case letters, digits and hyphens, at most 63, e.g. "shop-eu"',
    },
  ];
}

export function checkLabel(label: string, at: string): readonly FieldProblem[] {
  const checked = checkWith(labelSchema, label, joinPath(at, ['label']));
  return checked.ok ? [] : checked.problems;
}

/** Problems of a connection's tenant, given those that there are. */
export function checkTenant(tenant: string, known: ReadonlySet<string>, at: string): FieldProblem[] {
  if (known.has(tenant)) return [];
  return [{ path: joinPath(at, ['tenant']), message: `there is no tenant "${tenant}": create it first` }];
}

/** Problems of a connection's vendor, settings and secrets (null: not given, not checked). */
export function checkConnection(
  vendors: VendorRegistry,
  connection: { readonly vendor: string; readonly settings: object | null; readonly secrets: object | null },
  at: string,
): FieldProblem[] {
  const vendor = vendors.get(connection.vendor);
  if (vendor === undefined) {
    const known = [...vendors.keys()].join(', ');
    return [
      {
        path: joinPath(at, ['vendor']),
        message: `"${connection.vendor}" is not a vendor known here (known: ${known})`,
      },
    ];
  }
  const settings =
    connection.settings === null ? null : checkWith(vendor.settings, connection.settings, joinPath(at, ['settings']));
  const secrets =
    connection.secrets === null ? null : checkWith(vendor.secrets, connection.secrets, joinPath(at, ['secrets']));
  const problems = [settings, secrets].flatMap((checked) => (checked === null || checked.ok ? [] : checked.problems));
  return problems.map((problem) => {
    const moved = vendor.movedSettings.find(({ from }) => joinPath(at, ['settings', from]) === problem.path);
    return moved === undefined ? problem : { ...problem, message: `stands under "${moved.to}" now: move it there` };
  });
}

/** The ends of a flow, with the facts that its validity depends on. */
export interface FlowEnds {
  readonly entity: EntityName;
  readonly from: string;
  readonly to: string;
}

/** The facts of a connection that the flows naming it depend on. */
export interface FlowEnd {
  readonly vendor: string;
  readonly tenant: string;
}

/** Problems of a flow's ends, given what each connection is (undefined: there is none). */
export function checkFlowEnds(
  vendors: VendorRegistry,
  flow: FlowEnds,
  endOf: (connection: string) => FlowEnd | undefined,
  at: string,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (field: string, message: string): void => void problems.push({ path: joinPath(at, [field]), message });
  if (flow.from === flow.to) refuse('to', 'must be another connection than "from"');
  for (const [end, side] of [
    ['from', 'source'],
    ['to', 'target'],
  ] as const) {
    const known = endOf(flow[end]);
    if (known === undefined) {
      refuse(end, `there is no connection "${flow[end]}"`);
      continue;
    }
    const vendor = vendors.get(known.vendor);
    if (vendor === undefined) continue;
    const entities = listOffered(vendor, side);
    if (!entities.includes(flow.entity)) {
      const offered = entities.length === 0 ? 'nothing' : entities.join(', ');
      refuse('entity', `${vendor.title} offers ${offered} as a ${side}, not ${flow.entity}`);
    }
  }
  const [from, to] = [endOf(flow.from), endOf(flow.to)];
  if (from !== undefined && to !== undefined && from.tenant !== to.tenant) {
    refuse('to', `belongs to tenant "${to.tenant}", and "${flow.from}" to "${from.tenant}": a flow stays within one`);
  }
  return problems;
}

function listOffered({ source, target }: Vendor, side: 'source' | 'target'): readonly EntityName[] {
  return listEntities((side === 'source' ? source : target)?.entities ?? {});
}

export interface FlowTarget {
  readonly vendor: string | undefined;
  readonly entity: EntityName;
}

/**
 * Completes a flow's settings for saving: fills in defaults, and parses `target` and the prerequisites' settings by the target's vendor if
 * this process knows it. Reports every problem.
 */
export function checkFlowSettings(
  vendors: VendorRegistry,
  settings: unknown,
  target: FlowTarget,
  at: string,
): Checked<FlowSettings> {
  const { settings: kept, dropped } = dropRemoved(settings ?? {});
  return checkWith(flowSchemaOf(vendors, target), dropped.length === 0 ? kept : settings, at);
}

/** The schema of a flow's settings, including the target vendor's own if this process knows the vendor. */
export function flowSchemaOf(vendors: VendorRegistry, { vendor, entity }: FlowTarget): z.ZodType<FlowSettings> {
  const target = (vendor === undefined ? undefined : vendors.get(vendor))?.target;
  return (target ? flowSchemaOfTarget(target, entity) : null) ?? flowSettingsSchemaOf(entity);
}
