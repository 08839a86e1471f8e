/**
 * Checks the schemas of this folder, and that the generated files are what the notation gives.
 * Run: npm run check:schemas
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkSchemaFolder } from './check-folder.ts';

const { files, problems } = checkSchemaFolder(import.meta.dirname);
for (const { file, path, message } of problems) console.error(`${file}: ${path ? `${path} ` : ''}${message}`);

const generate = join(import.meta.dirname, '../libs/canonical/scripts/generate.ts');
const upToDate = spawnSync(process.execPath, [generate, '--check'], { stdio: 'inherit' }).status === 0;

if (problems.length === 0 && upToDate) console.log(`${files} schemas checked: all good.`);
else {
  console.error(`${problems.length} problems in ${files} schemas${upToDate ? '' : ', and generated files are stale'}.`);
  process.exitCode = 1;
}
