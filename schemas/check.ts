/**
 * Checks schemas/: released files unchanged (fingerprint), every file by the model's rules, the newest against all released before it.
 * Run: npm run check:schemas
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findIncompatibilities,
  findRuleBreaks,
  type SchemaFile,
  type SchemaProblem,
} from '../libs/codec/src/compatibility.ts';

interface Version {
  file: string;
  status: 'released' | 'draft';
  fingerprint?: string;
}

const folder = import.meta.dirname;
const manifest = JSON.parse(readFileSync(join(folder, 'released.json'), 'utf8')) as Record<string, Version[]>;
const problems: SchemaProblem[] = [];
let files = 0;

for (const [entity, versions] of Object.entries(manifest)) {
  const released: SchemaFile[] = [];
  for (const file of readdirSync(join(folder, entity)))
    if (!versions.some((version) => version.file === file))
      fault(`${entity}/${file}`, 'is not named in schemas/released.json');
  for (const version of versions) {
    files += 1;
    const name = `${entity}/${version.file}`;
    const content = readFileSync(join(folder, name));
    const current: SchemaFile = { file: name, schema: JSON.parse(content.toString()) };
    if (version.status === 'released' && createHash('sha256').update(content).digest('hex') !== version.fingerprint)
      fault(name, 'was changed after its release: restore it and add the next version instead');
    problems.push(...findRuleBreaks(current), ...findIncompatibilities(current, released));
    if (version.status === 'released') released.push(current);
  }
}

for (const problem of problems)
  console.error(`${problem.file}: ${problem.path ? `${problem.path} ` : ''}${problem.message}`);
console.log(
  problems.length === 0 ? `${files} schemas checked: all good.` : `${problems.length} problems in ${files} schemas.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

function fault(file: string, message: string): void {
  problems.push({ file, path: '', message });
}
