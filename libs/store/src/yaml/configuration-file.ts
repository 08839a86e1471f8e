import { ENTITY_NAMES, type FieldProblem } from '@entrepot/canonical';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { InvalidSettings } from '../errors.ts';
import type { Connection } from '../settings/connections.ts';
import type { Flow } from '../settings/flows.ts';
import { flowId } from '../settings/flows.ts';
import {
  checkConnection,
  checkConnectionId,
  checkFlowEnds,
  checkFlowSettings,
  checkWith,
  type VendorRegistry,
} from '../settings/vendor-settings.ts';

const values = z.record(z.string(), z.unknown());

const fileSchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  connections: z
    .array(
      z.strictObject({
        id: z.string(),
        label: z.string().min(1),
        vendor: z.string(),
        active: z.boolean().default(true),
        settings: values.default({}),
        secrets: values.optional(),
      }),
    )
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
    .default([]),
});

export type ConfigurationFile = z.infer<typeof fileSchema>;

/**
 * Reads a configuration file's structure.
 * @throws InvalidSettings with the place of each fault in the file
 */
export function parseConfiguration(text: string): ConfigurationFile {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw refuse(
      document.errors.map((error) => {
        const at = error.linePos?.[0];
        // The parser's message quotes the line, which may hold a secret: only its first sentence is kept.
        const message = error.message.split(' at line ')[0] ?? 'is not YAML';
        return { path: at === undefined ? 'file' : `line ${at.line}, column ${at.col}`, message };
      }),
    );
  }
  const checked = checkWith(fileSchema, document.toJS(), '');
  if (checked.ok) return checked.value;
  throw refuse(checked.problems.map((problem) => ({ ...problem, path: problem.path === '' ? 'file' : problem.path })));
}

/**
 * Checks a file against the vendors and what the store holds already.
 * @throws InvalidSettings with every problem
 */
export function checkConfiguration(
  file: ConfigurationFile,
  vendors: VendorRegistry,
  stored: readonly Connection[],
): void {
  const problems: FieldProblem[] = [];
  const vendorOf = new Map(stored.map((connection) => [connection.id, connection.vendor]));
  const seen = new Set<string>();

  function refuseSecond(id: string, path: string): void {
    if (seen.has(id)) problems.push({ path, message: `"${id}" is in the file twice` });
    seen.add(id);
  }

  for (const [index, connection] of file.connections.entries()) {
    const at = `connections[${index}]`;
    const { id, vendor, settings, secrets } = connection;
    const former = stored.find((other) => other.id === id);
    refuseSecond(id, `${at}.id`);
    if (former !== undefined && former.vendor !== vendor) {
      problems.push({
        path: `${at}.vendor`,
        message: `connection "${id}" is of vendor ${former.vendor}: use another id`,
      });
    }
    // Secrets of a known connection may be given in part: they are checked when merged.
    const complete = former === undefined ? (secrets ?? null) : null;
    problems.push(
      ...checkConnectionId(id, at),
      ...checkConnection(vendors, { vendor, settings, secrets: complete }, at),
    );
    vendorOf.set(id, vendor);
  }
  for (const [index, flow] of file.flows.entries()) {
    const at = `flows[${index}]`;
    refuseSecond(flowId(flow.entity, flow.from, flow.to), at);
    const target = { entity: flow.entity, vendor: vendorOf.get(flow.to) };
    const settings = checkFlowSettings(vendors, flow.settings, target, `${at}.settings`);
    problems.push(
      ...checkFlowEnds(vendors, flow, (id) => vendorOf.get(id), at),
      ...(settings.ok ? [] : settings.problems),
    );
  }
  if (problems.length > 0) throw refuse(problems);
}

/** Connections and flows as a file that {@link parseConfiguration} reads; without secrets. */
export function formatConfiguration(connections: readonly Connection[], flows: readonly Flow[]): string {
  return stringify(
    {
      version: 1,
      connections: connections.map(({ id, label, vendor, active, settings }) => ({
        id,
        label,
        vendor,
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
