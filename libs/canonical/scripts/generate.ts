/**
 * Writes the schema files and the TypeScript types from the notation in schemas/source.
 * Run: node libs/canonical/scripts/generate.ts [--check]
 */
import { readCommandLine } from '../../service-kit/src/command-line.ts';
import { generateFiles } from './generate-files.ts';

const { checkOnly } = readCommandLine({
  usage: `node libs/canonical/scripts/generate.ts
  --check   writes nothing and fails when something would change`,
  options: { check: { type: 'boolean' } },
  read: ({ check = false }: { check?: boolean }) => ({ checkOnly: check }),
});
generateFiles(checkOnly);
