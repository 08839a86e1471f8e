import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { entities } from '../../../schemas/source/entities.ts';
import type { Json } from '../../../schemas/source/notation.ts';
import { assembleSchema } from './assemble.ts';
import { collectNamed, HEADER, writeCreators, writeTypesFile } from './write-types.ts';

interface Version {
  file: string;
  status: 'released' | 'draft';
  /** Noted by release.ts: from then on the file stands. */
  fingerprint?: string;
}

const schemasFolder = join(import.meta.dirname, '../../../schemas');
const generatedFolder = join(import.meta.dirname, '../src/generated');

interface Newest {
  readonly entity: string;
  readonly version: Version;
  readonly schema: Json;
}

/**
 * Writes schemas/<entity>/<version>.avsc from the notation in schemas/source, and the TypeScript types from the newest file of
 * every entity. A released file is never written: when the notation differs from it, this stops and says what to do.
 * @param checkOnly writes nothing and fails when something would change
 */
export function generateFiles(checkOnly: boolean): void {
  const manifest = JSON.parse(readFileSync(join(schemasFolder, 'released.json'), 'utf8')) as Record<string, Version[]>;
  let changes = 0;

  const newest = Object.entries(entities).map(([entity, shape]) => {
    const version = manifest[entity]?.at(-1);
    if (!version)
      throw new Error(`schemas/released.json does not name ${entity}: add it with a first draft "v1.avsc".`);
    const schema = assembleSchema(entity, shape, version.status);
    const path = join(schemasFolder, entity, version.file);
    const written = `${JSON.stringify(schema, null, 2)}\n`;
    if (version.fingerprint && existsSync(path) && readFileSync(path, 'utf8') !== written)
      throw new Error(
        `${entity}/${version.file} is released and does not change any more. Add the next file to schemas/released.json (for example "v1.1.avsc", status draft) and run this again.`,
      );
    writeIfChanged(path, written);
    return { entity, version, schema, types: collectNamed(schema) };
  });

  const uses = new Map<string, Set<string>>();
  for (const { entity, types } of newest)
    for (const name of types.keys()) uses.set(name, (uses.get(name) ?? new Set()).add(entity));
  const shared = new Map(newest.flatMap(({ types }) => [...types]).filter(([name]) => uses.get(name)!.size > 1));

  const files = new Map([
    ['shared.gen.ts', [...shared.values()]],
    ...newest.map(
      ({ entity, types }) =>
        [`${entity}.gen.ts`, [...types.values()].filter((type) => !shared.has(type.name))] as const,
    ),
  ]);
  for (const [file, types] of files) writeIfChanged(join(generatedFolder, file), writeTypesFile(types));
  const records = [...files].map(([file, types]) => [file, types.filter(({ type }) => type === 'record')] as const);
  writeIfChanged(join(generatedFolder, '../create.gen.ts'), writeCreators(new Map(records)));
  writeIfChanged(join(generatedFolder, 'entities.gen.ts'), writeEntities(newest));
  if (checkOnly && changes > 0)
    throw new Error(
      `${changes} generated files are not up to date: run node libs/canonical/scripts/generate.ts and commit what it writes.`,
    );

  function writeIfChanged(path: string, content: string): void {
    if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
    changes += 1;
    if (checkOnly) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function writeEntities(newest: readonly Newest[]): string {
  const rows = newest.map(({ entity, schema, version }) => ({
    entity,
    name: (schema as { name: string }).name,
    version,
    schema,
  }));
  const imports = rows.map((row) => `import type { ${row.name} } from './${row.entity}.gen.ts';`).join('\n');
  const records = rows.map((row) => `  '${row.entity}': ${row.name};`).join('\n');
  const schemas = rows.map(
    (row) =>
      `  '${row.entity}': { file: '${row.entity}/${row.version.file}', status: '${row.version.status}', recordName: '${row.name}', schema: ${JSON.stringify(row.schema as Json)} },`,
  );
  return `${HEADER}import type { EntitySchema } from '../schema.ts';\n${imports}\n\n/** The record of every entity, by the entity's name. */\nexport interface EntityRecords {\n${records}\n}\n\n/** The newest schema of every entity, so that it travels with every build. */\nexport const entitySchemas: Readonly<Record<keyof EntityRecords, EntitySchema>> = {\n${schemas.join('\n')}\n};\n`;
}
