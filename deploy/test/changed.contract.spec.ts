import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
let folder = '';
afterEach(() => rmSync(folder, { recursive: true }));

const FILES = {
  'package.json': '{"workspaces":["libs/*"],"type":"module"}',
  'libs/tax/package.json': '{"name":"@acme/tax","type":"module","exports":{".":"./rates.ts"}}',
  'libs/tax/rates.ts': 'export const RATE = 7;\n',
  'libs/tax/test/tax.unit.spec.ts': "import '../rates.ts';\n",
  'libs/tax/test/tax.contract.spec.ts': "import '../rates.ts';\n",
  'libs/tax/test/other.unit.spec.ts': '',
  // Vitest's own search would transform it, and fail.
  'libs/tax/test/broken.unit.spec.ts': 'import {',
};

it('vitest --changed takes the specs that the change reaches, by their imports alone', () => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-changed-'));
  const run = (program: string, ...given: string[]) => execFileSync(program, given, { cwd: folder, encoding: 'utf8' });
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  run('git', 'init', '--quiet');
  run('git', 'add', '.');
  run('git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '--message', 'first');
  const list = (): string[] =>
    run(
      process.execPath,
      VITEST,
      'list',
      '--config',
      join(ROOT, 'vitest.config.ts'),
      '--root',
      folder,
      '--project',
      'unit',
      '--changed',
      '--filesOnly',
    )
      .trim()
      .split('\n');
  writeFileSync(join(folder, 'libs/tax/rates.ts'), 'export const RATE = 8;\n');
  expect(list()).toEqual(['[unit] libs/tax/test/tax.unit.spec.ts']);
});
