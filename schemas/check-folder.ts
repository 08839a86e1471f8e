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
  readonly file: string;
  readonly status: 'released' | 'draft';
  readonly fingerprint?: string;
}

/**
 * Checks a folder of schemas by its released.json: released files unchanged (fingerprint), drafts and the newest
 * version of each entity by the model's rules, each version against all released before it. Gives every fault; nothing when all is good.
 */
export function checkSchemaFolder(folder: string): { files: number; problems: SchemaProblem[] } {
  const manifest = JSON.parse(readFileSync(join(folder, 'released.json'), 'utf8')) as Record<string, Version[]>;
  const problems: SchemaProblem[] = [];
  let files = 0;
  for (const [entity, versions] of Object.entries(manifest)) {
    const released: SchemaFile[] = [];
    for (const file of readdirSync(join(folder, entity)))
      if (!versions.some((version) => version.file === file))
        problems.push({ file: `${entity}/${file}`, path: '', message: 'is not named in schemas/released.json' });
    for (const version of versions) {
      files += 1;
      const name = `${entity}/${version.file}`;
      const content = readFileSync(join(folder, name));
      const current: SchemaFile = { file: name, schema: JSON.parse(content.toString()) };
      if (version.status === 'released' && hashContent(content) !== version.fingerprint)
        problems.push({
          file: name,
          path: '',
          message: 'was changed after its release: restore it and add the next version instead',
        });
      // A released file with a successor keeps the rules of its day: it cannot change any more.
      if (version.status === 'draft' || version === versions.at(-1)) problems.push(...findRuleBreaks(current));
      problems.push(...findIncompatibilities(current, released));
      if (version.status === 'released') released.push(current);
    }
  }
  return { files, problems };
}

function hashContent(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
