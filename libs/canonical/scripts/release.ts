/**
 * Releases the newest draft of an entity: marks it released, writes its files, notes the fingerprint. From then on the file never changes.
 * Run: node libs/canonical/scripts/release.ts <entity>
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLineError, readCommandLine } from '../../service-kit/src/command-line.ts';
import { generateFiles } from './generate-files.ts';

interface Version {
  file: string;
  status: 'released' | 'draft';
  fingerprint?: string;
}

const manifestPath = join(import.meta.dirname, '../../../schemas/released.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Record<string, Version[]>;
const { entity, version } = readCommandLine({
  usage: 'node libs/canonical/scripts/release.ts <entity>',
  options: {},
  word: 'an entity',
  read(_, [name = '']) {
    const newest = manifest[name]?.at(-1);
    if (!newest) throw new CommandLineError(`Say which entity to release: ${Object.keys(manifest).join(', ')}.`);
    return { entity: name, version: newest };
  },
});
if (version.status === 'released')
  throw new Error(`${entity}/${version.file} is released already. Add the next file to schemas/released.json first.`);

version.status = 'released';
saveManifest();
generateFiles(false);
version.fingerprint = createHash('sha256')
  .update(readFileSync(join(import.meta.dirname, '../../../schemas', entity, version.file)))
  .digest('hex');
saveManifest();

function saveManifest(): void {
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
}
