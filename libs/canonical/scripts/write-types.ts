import type { Json } from '../../../schemas/source/notation.ts';

type Named = { type: string; name: string; doc?: string; fields?: Field[]; symbols?: string[]; items?: Json };
type Field = { name: string; doc: string; type: Json };

/** Collects the records and enums of a schema, in the order in which they are first used; the schema itself is last. */
export function collectNamed(schema: Json, into = new Map<string, Named>()): Map<string, Named> {
  if (Array.isArray(schema)) for (const branch of schema) collectNamed(branch, into);
  else if (schema !== null && typeof schema === 'object') {
    const type = schema as unknown as Named;
    if (type.type === 'array') collectNamed(type.items!, into);
    if (type.type === 'enum') into.set(type.name, type);
    if (type.type === 'record') {
      for (const field of type.fields!) collectNamed(field.type, into);
      into.set(type.name, type);
    }
  }
  return into;
}

/** Writes one TypeScript file with the given named types; `local` are its own, all others come from shared.gen.ts. */
export function writeTypesFile(types: readonly Named[]): string {
  const local = new Set(types.map((type) => type.name));
  const body = types.map((type) => (type.type === 'enum' ? writeEnum(type) : writeRecord(type))).join('\n');
  const foreign = new Set<string>();
  for (const type of types)
    for (const field of type.fields ?? [])
      for (const name of namesIn(field.type)) if (!local.has(name)) foreign.add(name);
  const values = ['Decimal', 'TimestampMicros'].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const imports = [
    ...(values.length ? [`import type { ${values.join(', ')} } from '../values.ts';`] : []),
    ...(foreign.size ? [`import type { ${[...foreign].sort().join(', ')} } from './shared.gen.ts';`] : []),
  ];
  return `${HEADER}${imports.join('\n')}${imports.length ? '\n\n' : ''}${body}`;
}

export const HEADER = '// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.\n';

function writeEnum(type: Named): string {
  const constant = `${type.name[0]!.toLowerCase()}${type.name.slice(1)}Values`;
  const symbols = type.symbols!.map((symbol) => `'${symbol}'`).join(', ');
  return `export const ${constant} = [${symbols}] as const;\n/** ${type.doc} */\nexport type ${type.name} = (typeof ${constant})[number];\n`;
}

function writeRecord(type: Named): string {
  const fields = type
    .fields!.map((field) => `  /** ${field.doc} */\n  ${field.name}: ${writeType(field.type)};\n`)
    .join('');
  return `/** ${type.doc} */\nexport interface ${type.name} {\n${fields}}\n`;
}

/** Writes a function for each record that makes one; `filesOfTypes` name what the types are imported from. They need the schemas, which need the types. */
export function writeCreators(filesOfTypes: ReadonlyMap<string, readonly Named[]>): string {
  const imports = [...filesOfTypes].map(
    ([file, types]) => `import type { ${types.map(({ name }) => name).join(', ')} } from './generated/${file}';`,
  );
  const creators = [...filesOfTypes.values()].flat().map(writeCreator);
  return `${HEADER}${imports.join('\n')}\nimport { fillRecord, type Sparse } from './model/records.ts';\n\n${creators.join('\n')}`;
}

function writeCreator({ name }: Named): string {
  return `/** Makes a ${name}: what is not given takes the schema's default. */\nexport const create${name} = (given: Sparse<${name}> = {}): ${name} => fillRecord<${name}>('${name}', given);\n`;
}

function writeType(type: Json): string {
  if (Array.isArray(type)) return `${writeType(type[1]!)} | null`;
  if (typeof type === 'string')
    return { string: 'string', boolean: 'boolean', int: 'number', long: 'number' }[type] ?? type;
  const complex = type as unknown as Named & { logicalType?: string };
  if (complex.logicalType === 'decimal') return 'Decimal';
  if (complex.logicalType === 'timestamp-micros') return 'TimestampMicros';
  if (complex.type === 'array') return `${writeType(complex.items!)}[]`;
  return complex.name;
}

function namesIn(type: Json): string[] {
  return (writeType(type).match(/\b[A-Z]\w+/g) ?? []).filter(
    (name) => name !== 'Decimal' && name !== 'TimestampMicros',
  );
}
