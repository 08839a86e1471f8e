import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AvroRecord } from '@entrepot/canonical';

/** What is known of the registry, kept so that records can be read and written while it is down. */
export interface SchemaCache {
  readSchema(schemaId: number): Promise<AvroRecord | null>;
  writeSchema(schemaId: number, schema: AvroRecord): Promise<void>;
  /** The id under which a schema (by its fingerprint) is registered. */
  readId(subject: string, fingerprint: string): Promise<number | null>;
  writeId(subject: string, fingerprint: string, schemaId: number): Promise<void>;
  /** Forgets everything: the registry was made anew and its ids mean other schemas now. */
  clear(): Promise<void>;
}

/** A cache in a folder: one file an entry, each written whole under another name and then renamed, so that a crash leaves none half written. */
export function createDiskCache(folder: string): SchemaCache {
  const pathOfSchema = (schemaId: number) => join(folder, `schema-${schemaId}.json`);
  const pathOfId = (subject: string, fingerprint: string) => join(folder, `id-${subject}-${fingerprint}.json`);
  return {
    readSchema: (schemaId) => readJson<AvroRecord>(pathOfSchema(schemaId)),
    writeSchema: (schemaId, schema) => writeJson(folder, pathOfSchema(schemaId), schema),
    readId: async (subject, fingerprint) =>
      (await readJson<{ id: number }>(pathOfId(subject, fingerprint)))?.id ?? null,
    writeId: (subject, fingerprint, id) => writeJson(folder, pathOfId(subject, fingerprint), { id }),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A cache that lasts as long as the process. */
export function createMemoryCache(): SchemaCache {
  const schemas = new Map<number, AvroRecord>();
  const ids = new Map<string, number>();
  return {
    readSchema: async (schemaId) => schemas.get(schemaId) ?? null,
    writeSchema: async (schemaId, schema) => void schemas.set(schemaId, schema),
    readId: async (subject, fingerprint) => ids.get(`${subject} ${fingerprint}`) ?? null,
    writeId: async (subject, fingerprint, id) => void ids.set(`${subject} ${fingerprint}`, id),
    clear: async () => {
      schemas.clear();
      ids.clear();
    },
  };
}

/** A damaged file counts as none: the registry is asked again. */
async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

let writes = 0;

async function writeJson(folder: string, path: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  writes += 1;
  const temporary = `${path}.${process.pid}.${writes}.tmp`;
  await writeFile(temporary, JSON.stringify(value));
  await rename(temporary, path);
}
