import { describe, expect, it } from 'vitest';
import { z } from 'zod';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/**
 * What every settings schema must be, since forms are made of it: each number, text, list and map has bounds, each field a help, and the help of
 * a number names its bounds. `free` are fields that another schema checks.
 */
export function describeSettings(name: string, schema: z.ZodType, free: readonly string[] = []): void {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

  describe(`settings schema of ${name}`, () => {
    it('bounds every number, text, list and map', () => {
      expect(listFaults(json, '', free, findUnbounded)).toEqual([]);
    });
    it('explains every field, with the bounds of numbers', () => {
      expect(listFaults(json, '', free, findUnexplained)).toEqual([]);
    });
  });
}

type Find = (schema: JsonSchema, path: string) => string | null;

function listFaults(schema: JsonSchema, path: string, free: readonly string[], find: Find): string[] {
  if (free.includes(path)) return [];
  const below = (child: JsonSchema, at: string): string[] => listFaults(child, at, free, find);
  const fault = find(schema, path);
  const { properties = {}, additionalProperties, items } = schema;
  return [
    ...(fault === null ? [] : [`${path}: ${fault}`]),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((variant) => below(variant, path)),
    ...Object.entries(properties).flatMap(([key, child]) => below(child, path === '' ? key : `${path}.${key}`)),
    ...(typeof additionalProperties === 'object' ? below(additionalProperties, `${path}.*`) : []),
    ...(items === undefined ? [] : below(items, `${path}[]`)),
  ];
}

const LARGEST_MEANT = 1e12;

function findUnbounded(schema: JsonSchema): string | null {
  const isMap = typeof schema.additionalProperties === 'object' && Object.keys(schema.additionalProperties).length > 0;
  switch (schema.type) {
    case 'number':
    case 'integer': {
      const { minimum = -Infinity, maximum = Infinity } = schema;
      return minimum > -LARGEST_MEANT && maximum < LARGEST_MEANT ? null : 'a number without bounds';
    }
    case 'string': {
      const isChoice = schema.enum !== undefined || schema.const !== undefined;
      const isPattern = schema.pattern !== undefined && !/[+*]/.test(schema.pattern);
      return isChoice || isPattern || schema.maxLength !== undefined ? null : 'a text without a longest length';
    }
    case 'array':
      return schema.maxItems === undefined ? 'a list without a longest length' : null;
    case 'object':
      return isMap && schema.maxProperties === undefined ? 'a map without a largest size' : null;
    default:
      return null;
  }
}

/** Members of lists and maps, and variants, are explained by what they stand in. */
function findUnexplained({ type, description, maximum, ...schema }: JsonSchema, path: string): string | null {
  if (type === 'number' || type === 'integer') {
    const inMap = path.endsWith('*');
    return inMap || description?.includes(String(maximum)) ? null : 'a number whose help does not name its bounds';
  }
  const faults = Object.entries(schema.properties ?? {}).filter(([, child]) => !isExplained(child));
  return faults.length === 0 ? null : `no help: ${faults.map(([key]) => key).join(', ')}`;
}

function isExplained(schema: JsonSchema): boolean {
  if (schema.description !== undefined || schema.const !== undefined) return true;
  const variants = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (variants.length > 0) return variants.every((variant) => variant.type === 'null' || isExplained(variant));
  return schema.properties !== undefined;
}
