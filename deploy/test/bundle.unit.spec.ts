import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let service = '';
beforeAll(() => {
  service = mkdtempSync(join(tmpdir(), 'entrepot-bundle-'));
  mkdirSync(join(service, 'src'));
  symlinkSync(join(ROOT, 'node_modules'), join(service, 'node_modules'));
});
afterAll(() => rmSync(service, { recursive: true }));

function bundle(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(service, 'src', name), text);
  const rolldown = join(ROOT, 'node_modules/.bin/rolldown');
  execFileSync(process.execPath, [rolldown, '--config', 'rolldown.config.ts'], {
    cwd: ROOT,
    env: { ...process.env, SERVICE: service },
    stdio: 'pipe',
  });
}

describe('a bundled service', () => {
  it('names file and line of our own sources in a stack', () => {
    bundle({
      'main.ts': "import { fail } from './fail.ts';\n\nfail('x');\n",
      'fail.ts':
        'interface Unused {\n  readonly a: string;\n}\n\nexport function fail(what: Unused["a"]): never {\n  throw new Error(what);\n}\n',
    });
    const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', join(service, 'dist/main.js')], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/at fail \(.*src\/fail\.ts:6:/);
    expect(stderr).toMatch(/at .*src\/main\.ts:3:/);
  });

  it('names the file of a package in a stack, and none of ours behind which it lies in the bundle', () => {
    bundle({
      'main.ts': "import { Decimal } from 'decimal.js';\n\nnew Decimal('no number');\n",
    });
    const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', join(service, 'dist/main.js')], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/DecimalError[\s\S]*at .*dist\/packages\.js:/);
    expect(stderr).toMatch(/at .*src\/main\.ts:3:/);
  });

  it('is not built when a package is missing that nothing says to leave out', () => {
    expect(() => bundle({ 'main.ts': "import 'no-such-package-anywhere';\n" })).toThrow(/no-such-package-anywhere/);
  });
});
