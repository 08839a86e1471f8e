import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

describe('npm start', () => {
  const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));

  it('prints the usage for --help and ends well', () => {
    expect(execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8' })).toMatch(/npm start -- --fresh/);
  });

  it('says what is wrong, then the usage, and ends with 2', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--frsh'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^Unknown option '--frsh': known are --fresh, --only, --separate, --vendors, --help\.\n\nnpm start/,
    );
  });
});
