import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSchemaFolder } from '../check-folder.ts';

type Field = { name: string; type?: unknown; default?: unknown };
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
    expect(checkSchemaFolder(join(import.meta.dirname, '..'))).toEqual({ files: 9, problems: [] });
  });

  it('sees that a released file was changed', () => {
    edit<Schema>('order/v1.avsc', withoutNote);
    expect(messages()).toEqual([expect.stringContaining('order/v1.avsc  was changed after its release')]);
  });

  it('lets a draft change', () => {
    edit<Schema>('invoice/v1.avsc', withoutNote);
    expect(messages()).toEqual([]);
  });

  it('compares a next version with the released one', () => {
    addVersion('v1.1.avsc');
    edit<Schema>('order/v1.avsc', withoutNote, 'order/v1.1.avsc');
    expect(messages().join('\n')).toContain('order/v1.1.avsc Order.note was removed');
  });

  it('takes a next version that only adds a field with a default', () => {
    const gift = { name: 'giftNote', type: ['null', 'string'], default: null, doc: 'Words for the one who gets it.' };
    addVersion('v1.1.avsc');
    edit<Schema>('order/v1.avsc', (schema) => ({ ...schema, fields: [...schema.fields, gift] }), 'order/v1.1.avsc');
    expect(messages()).toEqual([]);
  });

  it.each<[string, (schema: Schema) => Schema]>([
    [
      'a new field without default',
      (schema) => ({ ...schema, fields: [...schema.fields, { name: 'must', type: 'string' }] }),
    ],
    ['another type', (schema) => editField(schema, 'test', { type: 'string', default: '' })],
    ['a default taken away', (schema) => editField(schema, 'note', { default: undefined })],
    ['another scale of amounts', (schema) => editText(schema, '"scale": 6', '"scale": 3')],
    ['a symbol less', (schema) => editText(schema, '"DEBIT"', '"CREDITED"')],
  ])('refuses a next version with %s', (_what, change) => {
    addVersion('v1.1.avsc');
    edit<Schema>('order/v1.avsc', change, 'order/v1.1.avsc');
    expect(messages().filter((message) => message.startsWith('order/v1.1.avsc'))).not.toEqual([]);
  });

  it('sees a file that nobody named', () => {
    writeFileSync(join(folder, 'order/v3.avsc'), '{}');
    expect(messages()).toEqual([expect.stringContaining('is not named in schemas/released.json')]);
  });
});

function editField(schema: Schema, name: string, change: Partial<Field>): Schema {
  return { ...schema, fields: schema.fields.map((field) => (field.name === name ? { ...field, ...change } : field)) };
}

/** Edits deep inside, wherever the text stands. */
function editText(schema: Schema, before: string, after: string): Schema {
  const text = JSON.stringify(schema, null, 1);
  expect(text).toContain(before);
  return JSON.parse(text.replaceAll(before, after)) as Schema;
}
