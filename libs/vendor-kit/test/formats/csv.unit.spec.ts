import { describe, expect, it } from 'vitest';
import {
  type CsvDialect,
  csvDialectSchema,
  type Row,
  readCsv,
  UnreadableFile,
  writeCsv,
} from '../../src/formats/index.ts';

const dialectOf = (given: Partial<CsvDialect> = {}) => csvDialectSchema.parse(given);
const read = (text: string, given: Partial<CsvDialect> = {}, needed: readonly string[] = []) =>
  readCsv(Buffer.from(text), dialectOf(given), needed);

describe('a file of rows is read', () => {
  it('by its header, every value as the text that stands there', () => {
    expect(read('ItemCode,Qty\r\n007.10,1.50\r\n')).toEqual([
      { ok: true, line: 2, row: { ItemCode: '007.10', Qty: '1.50' } },
    ]);
  });

  it('by the columns of the setting where it has no header, tabs between them', () => {
    expect(read('A\t1\nB\t2', { delimiter: '\t', columns: ['Item', 'Qty'], quote: null })).toEqual([
      { ok: true, line: 1, row: { Item: 'A', Qty: '1' } },
      { ok: true, line: 2, row: { Item: 'B', Qty: '2' } },
    ]);
  });

  it('with inch marks as part of the value where nothing is quoted', () => {
    expect(read('Item,Text\nA,"12 pipe\nB,12" pipe', { quote: null })).toEqual([
      { ok: true, line: 2, row: { Item: 'A', Text: '"12 pipe' } },
      { ok: true, line: 3, row: { Item: 'B', Text: '12" pipe' } },
    ]);
  });

  it('with line breaks in quoted values where the setting says so, and the line of each row', () => {
    expect(read('Item,Text\r\nA,"one\r\ntwo"\r\nB,x\r\n', { multiline: true })).toEqual([
      { ok: true, line: 2, row: { Item: 'A', Text: 'one\ntwo' } },
      { ok: true, line: 4, row: { Item: 'B', Text: 'x' } },
    ]);
  });

  it('without a byte order mark and without empty lines', () => {
    expect(read('\uFEFFItem\n\nA\n\n')).toEqual([{ ok: true, line: 3, row: { Item: 'A' } }]);
  });
});

describe('one bad row costs no other row', () => {
  it.each([
    ['a mark within a value', 'A,12" pipe', 'not quoted'],
    ['a mark at the beginning of a value that is never closed', 'A,"12 pipe', 'not closed'],
    ['text after a closed quote', 'A,"12" pipe', 'without its escape'],
    ['a column too few', 'A', '1 columns instead of 2'],
    ['a column too many', 'A,b,c', '3 columns instead of 2'],
  ])('%s', (_, bad, reason) => {
    for (const multiline of [false, true]) {
      expect(read(`Item,Text\nX,1\n${bad}\nY,"2"\nZ,3\n`, { multiline }), `multiline ${multiline}`).toEqual([
        { ok: true, line: 2, row: { Item: 'X', Text: '1' } },
        { ok: false, line: 3, reason: expect.stringContaining(reason) },
        { ok: true, line: 4, row: { Item: 'Y', Text: '2' } },
        { ok: true, line: 5, row: { Item: 'Z', Text: '3' } },
      ]);
    }
  });

  it('marks of two rows that look like one value', () => {
    expect(read('Item,Text\nA,"12 pipe\nB,x\nC,14"\n')).toEqual([
      { ok: false, line: 2, reason: 'a quoted value is not closed' },
      { ok: true, line: 3, row: { Item: 'B', Text: 'x' } },
      expect.objectContaining({ ok: false, line: 4 }),
    ]);
  });

  it('bytes that the encoding does not have, named by column and never quoted', () => {
    const bytes = Buffer.from('Item,Name\nA,M\xfcller\nB,plain\n', 'latin1');
    expect(readCsv(bytes, dialectOf())).toEqual([
      { ok: false, line: 2, reason: 'it holds bytes that are no utf-8, in Name' },
      { ok: true, line: 3, row: { Item: 'B', Name: 'plain' } },
    ]);
    expect(readCsv(bytes, dialectOf({ encoding: 'windows-1252' }))[0]).toEqual({
      ok: true,
      line: 2,
      row: { Item: 'A', Name: 'Müller' },
    });
  });
});

describe('a file that gives no rows says why', () => {
  it.each([
    ['', 'empty'],
    ['A,A\n1,2', 'twice'],
    ['A,\n1,2', 'without a readable name'],
    ['Item\nA', 'no column Qty'],
  ])('%j', (text, words) => {
    expect(() => read(text, {}, ['Qty'])).toThrow(UnreadableFile);
    expect(() => read(text, {}, ['Qty'])).toThrow(words);
  });
});

describe('rows are written', () => {
  const write = (rows: Row[], given: Partial<CsvDialect> = {}) => {
    const { bytes, refused } = writeCsv(['Item', 'Text'], rows, dialectOf(given));
    return { text: bytes?.toString('latin1') ?? null, refused };
  };

  it('with a header, quoted where they must be, lines ended as the setting says', () => {
    expect(write([{ Item: 'A', Text: 'x,"y"' }])).toEqual({ text: 'Item,Text\r\nA,"x,""y"""\r\n', refused: [] });
    expect(write([{ Item: 'A', Text: 'x' }], { newline: 'lf', columns: ['Item', 'Text'] }).text).toBe('A,x\n');
  });

  it('in the code page of the site', () => {
    expect(write([{ Item: 'A', Text: 'M\xfcller' }], { encoding: 'windows-1252' }).text).toBe(
      'Item,Text\r\nA,M\xfcller\r\n',
    );
  });

  it('but for those that would be written as something else', () => {
    const rows = [
      { Item: 'A', Text: '漢 €' },
      { Item: 'B', Text: 'x;y' },
      { Item: 'C', Text: 'x\ny' },
      { Item: 'D', Text: '12" pipe' },
    ];
    expect(write(rows, { encoding: 'windows-1252', quote: null, delimiter: ';' })).toEqual({
      text: 'Item;Text\r\nD;12" pipe\r\n',
      refused: [
        { index: 0, column: 'Text', reason: 'windows-1252 has no U+6F22' },
        { index: 1, column: 'Text', reason: expect.stringContaining('delimiter') },
        { index: 2, column: 'Text', reason: expect.stringContaining('line break') },
      ],
    });
    expect(write([{ Item: 'A', Text: '漢' }], { encoding: 'windows-1252' }).text).toBeNull();
  });
});

describe('the dialect is a setting', () => {
  it.each([
    [{ encoding: 'klingon' }, 'no known encoding'],
    [{ encoding: 'hex' }, 'no known encoding'],
    [{ delimiter: ';;' }, 'single character'],
    [{ delimiter: ';', quote: ';' }, 'must not be the delimiter'],
    [{ columns: ['A', 'A'] }, 'twice'],
  ])('%j is refused', (given, words) => {
    const { error } = csvDialectSchema.safeParse(given);
    expect(error?.issues[0]?.message).toContain(words);
  });
});
