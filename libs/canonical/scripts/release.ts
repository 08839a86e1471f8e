/**
 * Releases the newest draft of an entity: marks it released, writes its files, notes the fingerprint. From then on the file never changes.
 * Run: node libs/canonical/scripts/release.ts <entity>
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Version {
  file: string;
  status: 'released' | 'draft';
  fingerprint?: string;
}

const [entity] = process.argv.slice(2);
const manifestPath = join(import.meta.dirname, '../../../schemas/released.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Record<string, Version[]>;
const version = entity ? manifest[entity]?.at(-1) : undefined;
if (!version) throw new Error(`Say which entity to release: ${Object.keys(manifest).join(', ')}.`);
if (version.status === 'released')
  throw new Error(`${entity}/${version.file} is released already. Add the next file to schemas/released.json first.`);

version.status = 'released';
saveManifest();
await import('./generate.ts');
version.fingerprint = createHash('sha256')
  .update(readFileSync(join(import.meta.dirname, '../../../schemas', entity!, version.file)))
  .digest('hex');
saveManifest();

function saveManifest(): void {
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
}
