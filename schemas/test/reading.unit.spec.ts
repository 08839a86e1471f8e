import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { READERS } from '../readers/catalogue.ts';

const folder = join(import.meta.dirname, '..');
const page = readFileSync(join(folder, 'READING.md'), 'utf8');
const examples = [...page.matchAll(/(?:<!-- (\S+) -->\n)?```\w+\n(.*?)```/gs)].map(([, file, code = '']) => ({
  file,
  code,
}));
/** The margin is the page's own. */
const strip = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();

describe('the page "Reading with …"', () => {
  it.each(examples)('quotes $file as it is run', ({ file = 'a program that is named', code }) => {
    expect(existsSync(join(folder, file)), file).toBe(true);
    expect(strip(readFileSync(join(folder, file), 'utf8'))).toContain(strip(code));
  });

  it.each(READERS)(
    'says of $name which version is tested, and whether it reads older records',
    ({ name, refusesFormer }) => {
      const [language, library, kind] = name.split(', ');
      const row = page
        .split('\n')
        .find((line) => line.startsWith(`| ${[language, [library, kind].filter(Boolean).join(', ')].join(' | ')}`));
      expect(row, name).toBeDefined();
      expect(row?.endsWith('| **no** |')).toBe(refusesFormer !== undefined);
    },
  );

  it('has all of the readers', () => {
    expect(page.match(/^\| (Python|Java|Node|Go|Rust) \|/gm)).toHaveLength(READERS.length);
  });
});
