import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'rolldown/utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findImporters, findSpecs, importsOf, reachFrom } from '../../.ci/changed.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const importers = findImporters(ROOT, findSpecs(ROOT));
const reachedBy = (pattern: string): string[] => {
  const files = globSync(pattern, { cwd: ROOT }).map((file) => join(ROOT, file));
  return [...reachFrom(files, importers)].map((file) => relative(ROOT, file)).sort();
};

describe('the specs that a change reaches', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'entrepot-changed-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function reach(files: Readonly<Record<string, string>>, changed: string): string[] {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const reached = reachFrom([join(folder, changed)], findImporters(folder, findSpecs(folder)));
    return [...reached].map((file) => relative(folder, file)).filter((file) => file.endsWith('.spec.ts'));
  }

  const PACKAGE = {
    'package.json': '{"workspaces":["libs/*"]}',
    'libs/tax/package.json': '{"name":"@acme/tax","exports":{".":"./index.ts","./rates":"./rates.ts"}}',
    'libs/tax/rates.ts': 'export const RATE = 7;\n',
    'libs/tax/index.ts': "export {\n  RATE,\n} from './rates.ts';\nexport type { Rule } from './rule.ts';\n",
    'libs/tax/rule.ts': 'export interface Rule {}\n',
  };

  it.each([
    ['a relative import, over two modules', "import { RATE } from '../index.ts';"],
    ['a package of ours', "import { RATE } from '@acme/tax';"],
    ['a part of a package', "import { RATE } from '@acme/tax/rates';"],
    ['an import for its effect', "import '../rates.ts';"],
    ['an import of several lines', "import {\n  RATE,\n  type Rule,\n} from '../index.ts';"],
    ['a namespace', "import * as rates from '../rates.ts';"],
    ['an import when it is needed', "test('x', async () => {\n  await import('../rates.ts');\n});"],
  ])('are those with %s', (_, text) => {
    const files = { ...PACKAGE, 'libs/tax/test/a.spec.ts': text, 'libs/tax/test/b.spec.ts': "import 'vitest';" };
    expect(reach(files, 'libs/tax/rates.ts')).toEqual(['libs/tax/test/a.spec.ts']);
  });

  it('are not those that name its types only', () => {
    const spec = "import type { Rule } from '../rule.ts';\nimport { RATE } from '../index.ts';\n";
    expect(reach({ ...PACKAGE, 'libs/tax/test/a.spec.ts': spec }, 'libs/tax/rule.ts')).toEqual([]);
  });

  it('are the changed spec itself, and both of two modules that import each other', () => {
    const circle = { 'libs/tax/a.ts': "import './b.ts';\n", 'libs/tax/b.ts': "import './a.ts';\n" };
    const files = { ...PACKAGE, ...circle, 'libs/tax/test/a.spec.ts': "import '../a.ts';" };
    expect(reach(files, 'libs/tax/test/a.spec.ts')).toEqual(['libs/tax/test/a.spec.ts']);
    expect(reach(files, 'libs/tax/b.ts')).toEqual(['libs/tax/test/a.spec.ts']);
  });
});

it('imports are read as a parser of the language reads them, in every module that a spec needs', () => {
  // The examples above are text, no imports.
  const isModule = (file: string) => file.endsWith('.ts') && !file.endsWith('.gen.ts') && file !== import.meta.filename;
  const differing = [...importers.keys()].filter(isModule).filter((file) => {
    const source = readFileSync(file, 'utf8');
    return JSON.stringify([...new Set(importsOf(source))].sort()) !== JSON.stringify(parseImports(file, source));
  });
  expect(differing).toEqual([]);
});

/** What the parser says that a module imports, sorted. Of `import { type A }` the import stays, of `import type { A }` nothing. */
function parseImports(file: string, source: string): string[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  const isType = (start: number) => /^(?:import|export)\s+type\b/.test(source.slice(start, start + 20));
  const named = [
    ...staticImports.filter(({ start }) => !isType(start)).map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports
      .filter(({ start }) => !isType(start))
      .flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...dynamicImports.flatMap(
      ({ moduleRequest: { start, end } }) => /^['"](.*)['"]$/.exec(source.slice(start, end))?.[1] ?? [],
    ),
  ];
  return [...new Set(named)].sort();
}

// What runs at each change of a mapper must end before a person turns to something else: five seconds of two cores.
describe.each(globSync('libs/vendors/*/src/entities', { cwd: ROOT }))('a change of a mapper in %s', (entities) => {
  const own = `${entities.split('/').slice(0, 3).join('/')}/test/`;
  const units = reachedBy(`${entities}/*/map{.ts,/*.ts}`).filter((file) => file.endsWith('.unit.spec.ts'));

  it('reaches specs of its vendor, and of others those few that read the list of vendors', () => {
    expect(units.filter((file) => file.startsWith(own)).length).toBeGreaterThan(0);
    expect(units.length).toBeLessThanOrEqual(25);
    expect(units.filter((file) => !file.startsWith(own)).length).toBeLessThanOrEqual(8);
  });

  it('runs no simulator, broker or database in the unit specs of its vendor', () => {
    const slow = reachedBy('{libs/sandboxes/*/src,libs/broker/src,libs/store/src,libs/embedded/src}/index.ts');
    const slowOwn = (kind: string) => slow.filter((file) => file.startsWith(own) && file.endsWith(`.${kind}.spec.ts`));
    expect(slowOwn('contract')).not.toEqual([]);
    expect(slowOwn('unit')).toEqual([]);
  });
});
