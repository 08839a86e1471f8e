import { z } from 'zod';
import { encodingSetting } from './encoding.ts';

const MAX_COLUMNS = 500;

const oneCharacter = (help: string) =>
  z
    .string()
    .length(1, 'must be a single character')
    .regex(/[^\r\n\0\uFFFD]/, 'must not be the end of a line')
    .describe(help);

/** How a site's exports and imports lay out rows. Spread by a vendor into what it calls its files' settings. */
export const csvDialectSchema = z
  .strictObject({
    encoding: encodingSetting('Encoding of the files'),
    delimiter: oneCharacter('What stands between two columns: a comma, a semicolon, a tab').default(','),
    quote: oneCharacter(
      'What encloses a value that holds the delimiter; null = nothing does, and quotation marks (inches) are part of the value',
    )
      .nullable()
      .default('"'),
    escape: oneCharacter('What stands before a quotation mark within a quoted value; usually the mark itself').default(
      '"',
    ),
    multiline: z
      .boolean()
      .default(false)
      .describe('Quoted values may hold line breaks. Otherwise each line is one row, whatever its quotation marks'),
    columns: z
      .array(z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters'))
      .min(1, 'must have at least one column')
      .max(MAX_COLUMNS, `must have at most ${MAX_COLUMNS} columns`)
      .refine((columns) => new Set(columns).size === columns.length, { error: 'must not have a column twice' })
      .nullable()
      .default(null)
      .describe(
        'Names of the columns in the order of the file, which has no header then; null = its first line is the header',
      ),
    newline: z
      .enum(['crlf', 'lf'])
      .default('crlf')
      .describe('End of a line in files that are written; in those that are read either is taken'),
  })
  .superRefine(({ delimiter, quote, escape: mark }, context) => {
    if (delimiter === quote)
      context.addIssue({ code: 'custom', path: ['quote'], message: 'must not be the delimiter' });
    if (quote !== null && mark === delimiter)
      context.addIssue({ code: 'custom', path: ['escape'], message: 'must not be the delimiter' });
  });

export type CsvDialect = z.infer<typeof csvDialectSchema>;
