import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvDialectSchema, readCsv, writeCsv } from '../../src/formats/index.ts';

const value = fc.string({ unit: fc.constantFrom(...'ab01 "\';,.\t\\|€é\n'), maxLength: 8 });

it('what is written and taken by the file is read back as it was', () => {
  const dialects = fc.record({
    encoding: fc.constantFrom('utf-8', 'windows-1252', 'utf-16le', 'cp850'),
    delimiter: fc.constantFrom(',', ';', '\t'),
    quote: fc.constantFrom('"', null),
    newline: fc.constantFrom('crlf' as const, 'lf' as const),
    multiline: fc.boolean(),
    columns: fc.constantFrom(['A', 'B'], null),
  });
  fc.assert(
    fc.property(
      dialects,
      fc.array(fc.record({ A: value, B: value }), { minLength: 1, maxLength: 6 }),
      (given, rows) => {
        const dialect = csvDialectSchema.parse(given);
        const { bytes, refused } = writeCsv(['A', 'B'], rows, dialect);
        const kept = rows.filter((_, index) => !refused.some((each) => each.index === index));
        const read = bytes === null ? [] : readCsv(bytes, dialect);
        expect(read.map((each) => (each.ok ? each.row : each))).toEqual(kept);
      },
    ),
    { numRuns: 500 },
  );
});

it('a bad line anywhere costs itself alone', () => {
  const dialect = csvDialectSchema.parse({ columns: ['A', 'B'] });
  const good = fc
    .tuple(fc.constantFrom('x', '1', '"q,q"'), fc.constantFrom('y', '2'))
    .map((fields) => fields.join(','));
  const bad = fc.constantFrom('x', 'x,"y', 'x,y"', 'a,b,c', '"x"z,y', 'a,\uFFFD');
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          good.map((text) => ({ text, ok: true })),
          bad.map((text) => ({ text, ok: false })),
        ),
        { maxLength: 12 },
      ),
      (lines) => {
        const read = readCsv(Buffer.from(lines.map(({ text }) => text).join('\n')), dialect);
        expect(read.map(({ ok, line }) => ({ ok, line }))).toEqual(
          lines.map(({ ok }, index) => ({ ok, line: index + 1 })),
        );
      },
    ),
    { numRuns: 500 },
  );
});
