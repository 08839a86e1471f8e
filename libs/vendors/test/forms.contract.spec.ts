import { ENTITY_NAMES } from '@entrepot/canonical';
import { describeForm, type Form, flowSchemaOf, type Vendor } from '@entrepot/vendor-kit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { loadVendors } from '../list.ts';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Field;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly oneOf?: readonly Field[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly writeOnly?: boolean;
  readonly 'x-visible-if'?: { readonly field: string; readonly in: readonly unknown[] };
}
interface Case {
  readonly of: string;
  readonly schema: Vendor['settings'];
  readonly form: Field;
}

const vendors = await loadVendors();
const flowCasesOf = ({ name, target }: Vendor): Case[] =>
  ENTITY_NAMES.flatMap((entity) => {
    const schema = target === null ? null : flowSchemaOf(target, entity);
    return schema === null ? [] : [{ of: `${name} ${entity} flows`, schema, form: describeForm(schema) as Field }];
  });
const casesOf = ({ name, settings, secrets }: Vendor): Case[] => [
  { of: `${name} settings`, schema: settings, form: describeForm(settings) as Field },
  { of: `${name} secrets`, schema: secrets, form: describeForm(secrets, { writeOnly: true }) as Field },
];
const cases = vendors.flatMap((vendor) => [...casesOf(vendor), ...flowCasesOf(vendor)]);

/** What a field takes, by its own words; texts with a pattern are looked up here, by the field's name. */
const TEXTS: Readonly<Record<string, string>> = {
  shop: 'demo.myshopify.com',
  baseUrl: 'https://erp.example.com:50000',
  apiVersion: '2026-10',
  servicePath: '/b1s/v2',
  udfExternalRef: 'U_EntrepotRef',
};

function exampleOf(field: Field, name: string): unknown {
  if (field.properties === undefined && field.default !== undefined) return field.default;
  if (field.const !== undefined) return field.const;
  if (field.enum !== undefined) return field.enum[0];
  const [variant] = field.anyOf ?? field.oneOf ?? [];
  if (variant !== undefined) return exampleOf(variant, name);
  switch (field.type) {
    case 'string':
      return TEXTS[name] ?? 'x'.repeat(Math.max(1, field.minLength ?? 1));
    case 'integer':
    case 'number':
      return field.minimum ?? 0;
    case 'boolean':
      return true;
    case 'array':
      return [];
    default:
      return Object.fromEntries(
        Object.entries(field.properties ?? {}).map(([key, inner]) => [key, exampleOf(inner, key)]),
      );
  }
}

/** Values beside what a field takes: of another type, beyond each bound, not among its choices. */
function faultsOf(field: Field): readonly unknown[] {
  const { minimum, maximum, maxLength, minLength, maxItems } = field;
  return [
    { no: 5.5 },
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(field.type === 'integer' ? [(minimum ?? 0) + 0.5] : []),
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
    ...(minLength === undefined || minLength === 0 ? [] : ['']),
    ...(maxItems === undefined ? [] : [Array.from({ length: maxItems + 1 }, () => 'x')]),
    ...(field.enum === undefined ? [] : ['none of these']),
    ...(field.type === 'boolean' ? ['true'] : []),
  ];
}

/** A whole example, with one thing of it changed; with where. */
function* variantsOf(form: Field, example: Record<string, unknown>, at = ''): Generator<readonly [string, unknown]> {
  yield [`${at}/unknown`, { ...example, unknown: 1 }];
  for (const [name, field] of Object.entries(form.properties ?? {})) {
    const { [name]: value, ...others } = example;
    const here = `${at}/${name}`;
    yield [`${here} left out`, others];
    for (const fault of [field, ...(field.anyOf ?? [])].flatMap(faultsOf)) {
      yield [`${here} = ${JSON.stringify(fault).slice(0, 30)}`, { ...example, [name]: fault }];
    }
    yield [`${here} = null`, { ...example, [name]: null }];
    if (field.properties !== undefined) {
      for (const [where, inner] of variantsOf(field, value as Record<string, unknown>, here)) {
        yield [where, { ...others, [name]: inner }];
      }
    }
  }
}

function fieldsOf(form: Field, at = ''): readonly (readonly [string, Field])[] {
  const inner = Object.entries(form.properties ?? {}).flatMap(([name, field]) => [
    [`${at}${name}`, field] as const,
    ...fieldsOf(field, `${at}${name}.`),
  ]);
  return [...inner, ...[...(form.anyOf ?? []), ...(form.oneOf ?? [])].flatMap((variant) => fieldsOf(variant, at))];
}

describe.each(cases)('the form of $of', ({ of, schema, form }) => {
  it('explains every field', () => {
    const unexplained = fieldsOf(form).filter(([, field]) => field.const === undefined && !field.description);
    expect(unexplained.map(([name]) => name)).toEqual([]);
  });

  it('takes what the API takes, and nothing else', () => {
    const ajv = new Ajv2020({ allErrors: true, strictTypes: false, keywords: ['x-visible-if'] });
    addFormats.default(ajv);
    const takes = ajv.compile(form as Form);
    const example = exampleOf(form, '') as Record<string, unknown>;
    expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
    expect([takes(example), takes.errors]).toEqual([true, null]);
    let refused = 0;
    for (const [where, value] of variantsOf(form, example)) {
      const { success } = schema.safeParse(value);
      expect([where, takes(value)]).toEqual([where, success]);
      if (!success) refused += 1;
    }
    expect(refused).toBeGreaterThan(Object.keys(form.properties ?? {}).length);
  });

  it('shows a field by another one that is there, and by values that it takes', () => {
    const vendor = vendors.find(({ name }) => of.startsWith(`${name} `));
    const named = vendor === undefined ? [] : fieldsOf(describeForm(vendor.settings) as Field, 'settings.');
    for (const [name, { 'x-visible-if': condition }] of fieldsOf(form)) {
      if (condition === undefined) continue;
      const other = named.filter(([path]) => path === condition.field).map(([, field]) => field);
      expect([name, other.length > 0]).toEqual([name, true]);
      const ajv = new Ajv2020({ strict: false });
      for (const value of condition.in) {
        expect([name, other.some((field) => ajv.validate(field as Form, value))]).toEqual([name, true]);
      }
    }
  });

  it('marks what no answer shows again', () => {
    const marked = Object.values(form.properties ?? {}).map(({ writeOnly = false }) => writeOnly);
    expect(new Set(marked)).toEqual(new Set([of.endsWith('secrets')]));
  });
});
