import { ENTITY_NAMES, type FieldProblem } from '@entrepot/canonical';
import { type Document, isAlias, LineCounter, parseDocument, stringify, visit } from 'yaml';
import { z } from 'zod';
import { InvalidSettings } from '../errors.ts';
import { type ConvertedSetting, convertFile } from '../format-1.ts';
import { dropRemoved } from '../removed-settings.ts';
import type { Connection } from '../settings/connections.ts';
import type { Flow } from '../settings/flows.ts';
import { flowId } from '../settings/flows.ts';
import { DEFAULT_TENANT, type Tenant } from '../settings/tenants.ts';
import {
  checkConnection,
  checkFlowEnds,
  checkFlowSettings,
  checkId,
  checkTenant,
  checkWith,
  type FlowEnd,
  labelSchema,
  type VendorRegistry,
} from '../settings/vendor-settings.ts';

const values = z.record(z.string(), z.unknown());

const MAX_TENANTS = 1_000;
const MAX_CONNECTIONS = 1_000;
const MAX_FLOWS = 5_000;
/** How often anchored parts may be repeated: enough for what flows share, too few to fill the memory. */
const MAX_ALIASED = 100;

const fileSchema = z.strictObject({
  format: z.literal(2, { error: 'must be 2; a file of format 1 says "version: 1" instead, and is converted' }),
  tenants: z
    .array(z.strictObject({ id: z.string(), label: labelSchema }))
    .max(MAX_TENANTS, `must have at most ${MAX_TENANTS} entries`)
    .default([]),
  connections: z
    .array(
      z.strictObject({
        id: z.string(),
        label: labelSchema,
        vendor: z.string(),
        tenant: z.string().optional(),
        active: z.boolean().default(true),
        settings: values.default({}),
        secrets: values.optional(),
      }),
    )
    .max(MAX_CONNECTIONS, `must have at most ${MAX_CONNECTIONS} entries`)
    .default([]),
  flows: z
    .array(
      z.strictObject({
        entity: z.enum(ENTITY_NAMES),
        from: z.string(),
        to: z.string(),
        active: z.boolean().default(true),
        settings: values.default({}),
      }),
    )
    .max(MAX_FLOWS, `must have at most ${MAX_FLOWS} entries`)
    .default([]),
});

export type ConfigurationFile = z.infer<typeof fileSchema>;

export interface ParsedConfiguration {
  readonly file: ConfigurationFile;
  /** What the conversion of a file of format 1 changed, and settings of either format that had no effect and are gone. */
  readonly converted: readonly ConvertedSetting[];
}

/**
 * Reads a configuration file's structure; converts format 1 to format 2.
 * @throws InvalidSettings with the path of each fault, as in format 2
 */
export function parseConfiguration(text: string, vendors: VendorRegistry): ParsedConfiguration {
  const { file, converted } = convertFile(readYaml(text), (name) =>
    typeof name === 'string' ? vendors.get(name) : undefined,
  );
  const checked = checkWith(fileSchema, file, '');
  if (checked.ok) {
    const without = checked.value.flows.map(({ settings, ...flow }) => ({ flow, ...dropRemoved(settings) }));
    const removed = without.flatMap(({ dropped }, index) =>
      dropped.map((path) => ({ from: `flows[${index}].settings.${path}`, to: null, how: 'dropped' as const })),
    );
    const flows = without.map(({ flow, settings }) => ({ ...flow, settings }));
    return { file: { ...checked.value, flows }, converted: [...converted, ...removed] };
  }
  throw refuse(checked.problems.map((problem) => ({ ...problem, path: problem.path === '' ? 'file' : problem.path })));
}

/** Reports each error of the parser in our words, without the text it quotes: that may be a secret. */
function readYaml(text: string): unknown {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines });
  } catch {
    throw refuse([{ path: 'file', message: 'cannot be read as YAML: it is nested too deeply' }]);
  }
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  // The parser only warns of an unknown tag, and would read the value as something else than is meant.
  const faults: FieldProblem[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    path: placeOf(pos[0]),
    message: message.split(/:| at line /)[0] ?? 'is not YAML',
  }));
  if (faults.length > 0) throw refuse(faults);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASED });
  } catch {
    throw refuse(findBrokenAliases(document, placeOf));
  }
}

function findBrokenAliases(document: Document.Parsed, placeOf: (offset: number) => string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  visit(document, (_key, node) => {
    if (!isAlias(node) || node.resolve(document) !== undefined) return;
    problems.push({
      path: placeOf(node.range?.[0] ?? 0),
      message: 'is an alias to an anchor that is not there; text that begins with * is written in quotes',
    });
  });
  return problems.length > 0
    ? problems
    : [{ path: 'file', message: `repeats too much by aliases: at most ${MAX_ALIASED} times; write it out` }];
}

/**
 * Checks a file against the vendors and the store's contents.
 * @param mergedSecrets of existing connections to which the file gives secrets, as the import would leave them
 * @throws InvalidSettings with every problem
 */
export function checkConfiguration(
  file: ConfigurationFile,
  vendors: VendorRegistry,
  stored: { readonly connections: readonly Connection[]; readonly tenants: readonly Tenant[] },
  mergedSecrets: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(),
): void {
  const problems: FieldProblem[] = [];
  const ends = new Map<string, FlowEnd>(stored.connections.map((connection) => [connection.id, connection]));
  const tenants = new Set([...stored.tenants, ...file.tenants].map(({ id }) => id));
  const seen = new Set<string>();

  function refuseSecond(id: string, path: string): void {
    if (seen.has(id)) problems.push({ path, message: `"${id}" is in the file twice` });
    seen.add(id);
  }

  for (const [index, { id }] of file.tenants.entries()) {
    const at = `tenants[${index}]`;
    if (file.tenants.findIndex((other) => other.id === id) !== index) {
      problems.push({ path: `${at}.id`, message: `"${id}" is in the file twice` });
    }
    problems.push(...checkId(id, at));
  }
  for (const [index, connection] of file.connections.entries()) {
    const at = `connections[${index}]`;
    const { id, vendor, settings, secrets } = connection;
    const former = stored.connections.find((other) => other.id === id);
    const tenant = connection.tenant ?? former?.tenant ?? DEFAULT_TENANT;
    refuseSecond(id, `${at}.id`);
    if (former !== undefined && former.vendor !== vendor) {
      problems.push({
        path: `${at}.vendor`,
        message: `connection "${id}" is of vendor ${former.vendor}: use another id`,
      });
    }
    if (former !== undefined && former.tenant !== tenant) {
      problems.push({
        path: `${at}.tenant`,
        message: `connection "${id}" is of tenant ${former.tenant}, for ever: use another id`,
      });
    }
    // A file may give only some secrets of an existing connection.
    const complete = (former === undefined ? secrets : mergedSecrets.get(id)) ?? null;
    problems.push(
      ...checkId(id, at),
      ...checkTenant(tenant, tenants, at),
      ...checkConnection(vendors, { vendor, settings, secrets: complete }, at),
    );
    ends.set(id, { vendor, tenant });
  }
  for (const [index, flow] of file.flows.entries()) {
    const at = `flows[${index}]`;
    refuseSecond(flowId(flow.entity, flow.from, flow.to), at);
    const target = { entity: flow.entity, vendor: ends.get(flow.to)?.vendor };
    const settings = checkFlowSettings(vendors, flow.settings, target, `${at}.settings`);
    problems.push(...checkFlowEnds(vendors, flow, (id) => ends.get(id), at), ...(settings.ok ? [] : settings.problems));
  }
  if (problems.length > 0) throw refuse(problems);
}

/** Formats all of it as a file that {@link parseConfiguration} reads; without secrets. */
export function formatConfiguration(
  tenants: readonly Tenant[],
  connections: readonly Connection[],
  flows: readonly Flow[],
): string {
  return stringify(
    {
      format: 2,
      tenants: tenants.map(({ id, label }) => ({ id, label })),
      connections: connections.map(({ id, label, vendor, tenant, active, settings }) => ({
        id,
        label,
        vendor,
        tenant,
        active,
        settings,
      })),
      flows: flows.map(({ entity, from, to, active, settings }) => ({ entity, from, to, active, settings })),
    },
    { lineWidth: 120 },
  );
}

function refuse(problems: readonly FieldProblem[]): InvalidSettings {
  return new InvalidSettings('the configuration file', problems);
}
