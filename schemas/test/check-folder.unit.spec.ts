import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSchemaFolder } from '../check-folder.ts';

type Field = { name: string; type?: unknown; doc?: string; default?: unknown };
type Schema = { fields: Field[] };

describe('the check of the schemas', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'schemas-'));
    cpSync(join(import.meta.dirname, '..'), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const edit = <T>(file: string, change: (content: T) => T, as = file) => {
    const content = change(JSON.parse(readFileSync(join(folder, file), 'utf8')) as T);
    writeFileSync(join(folder, as), `${JSON.stringify(content, null, 2)}\n`);
  };
  const messages = () =>
    checkSchemaFolder(folder).problems.map(({ file, path, message }) => `${file} ${path} ${message}`);
  const addVersion = (file: string) =>
    edit<Record<string, object[]>>('released.json', (manifest) => ({
      ...manifest,
      order: [...manifest['order']!, { file, status: 'draft' }],
    }));
  const withoutNote = (schema: Schema) => ({
    ...schema,
    fields: schema.fields.filter((field) => field.name !== 'note'),
  });

  it('finds the schemas of this project good', () => {
    expect(checkSchemaFolder(join(import.meta.dirname, '..'))).toEqual({ files: 11, problems: [] });
  });

  it('sees that a released file was changed', () => {
    edit<Schema>('order/v1.avsc', withoutNote);
    expect(messages()).toEqual([expect.stringContaining('order/v1.avsc  was changed after its release')]);
  });

  it('lets a draft change', () => {
    edit<Schema>('invoice/v1.avsc', withoutNote);
    expect(messages()).toEqual([]);
  });

  it('compares a next version with the released ones', () => {
    addVersion('v1.2.avsc');
    edit<Schema>('order/v1.1.avsc', withoutNote, 'order/v1.2.avsc');
    const found = messages().filter((message) => message.startsWith('order/v1.2.avsc Order.note was removed'));
    expect(found).toEqual([
      expect.stringContaining('(against order/v1.avsc)'),
      expect.stringContaining('(against order/v1.1.avsc)'),
    ]);
  });

  const amount = { type: 'bytes', logicalType: 'decimal', precision: 28, scale: 6 };

  it.each<[string, Field]>([
    ['a text that may be null', { name: 'giftNote', type: ['null', 'string'], default: null }],
    ['an amount that may be null', { name: 'surcharge', type: ['null', amount], default: null }],
    ['a list that may be null', { name: 'gifts', type: ['null', { type: 'array', items: 'string' }], default: null }],
  ])('takes a next version that only adds %s', (_what, field) => {
    addVersion('v1.2.avsc');
    edit<Schema>('order/v1.1.avsc', (schema) => addField(schema, field), 'order/v1.2.avsc');
    expect(messages()).toEqual([]);
  });

  it.each<[string, (schema: Schema) => Schema, string]>([
    ['a new field without default', (schema) => addField(schema, { name: 'must', type: 'string' }), 'is new and has'],
    [
      'a new field that cannot be null',
      (schema) => addField(schema, { name: 'gift', type: 'boolean', default: false }),
      'Order.gift is new and has another type',
    ],
    ['a new amount without default', (schema) => addField(schema, { name: 'gift', type: amount }), 'Order.gift is new'],
    [
      'a new amount with a default',
      (schema) => addField(schema, { name: 'gift', type: amount, default: '\u0000' }),
      'Order.gift must have no default',
    ],
    [
      'another type',
      (schema) => editField(schema, 'test', { type: 'string', default: '' }),
      'Order.test was boolean and is string',
    ],
    [
      'a default taken away',
      (schema) => editField(schema, 'note', { default: undefined }),
      'Order.note lost its default',
    ],
    [
      'the default of a list taken away',
      (schema) => editField(schema, 'lines', { default: undefined }),
      'Order.lines lost its default',
    ],
    [
      'a default given to a decimal',
      (schema) => editText(schema, '"name": "amount",', '"name": "amount", "default": "\\u0000",'),
      'Money.amount must have no default',
    ],
    [
      'a default given to a record that holds a decimal',
      (schema) => editField(schema, 'totals', { default: {} }),
      'Order.totals must have no default',
    ],
    ['another scale of amounts', (schema) => editText(schema, '"scale": 6', '"scale": 3'), 'types, scales and units'],
    ['a symbol less', (schema) => editText(schema, '"DEBIT"', '"CREDITED"'), 'lost its symbol DEBIT'],
  ])('refuses a next version with %s', (_what, change, words) => {
    addVersion('v1.2.avsc');
    edit<Schema>('order/v1.1.avsc', change, 'order/v1.2.avsc');
    expect(
      messages()
        .filter((message) => message.startsWith('order/v1.2.avsc'))
        .join('\n'),
    ).toContain(words);
  });

  it('does not take the defaults on decimals that the first release had', () => {
    addVersion('v1.2.avsc');
    edit<Schema>('order/v1.avsc', (schema) => schema, 'order/v1.2.avsc');
    expect(messages().join('\n')).toContain('order/v1.2.avsc Money.amount must have no default');
  });

  it('sees a file that nobody named', () => {
    writeFileSync(join(folder, 'order/v3.avsc'), '{}');
    expect(messages()).toEqual([expect.stringContaining('is not named in schemas/released.json')]);
  });
});

function editField(schema: Schema, name: string, change: Partial<Field>): Schema {
  return { ...schema, fields: schema.fields.map((field) => (field.name === name ? { ...field, ...change } : field)) };
}

function addField(schema: Schema, field: Field): Schema {
  return { ...schema, fields: [...schema.fields, { ...field, doc: 'Words.' }] };
}

/** Edits deep inside, wherever the text stands. */
function editText(schema: Schema, before: string, after: string): Schema {
  const text = JSON.stringify(schema, null, 1);
  expect(text).toContain(before);
  return JSON.parse(text.replaceAll(before, after)) as Schema;
}
