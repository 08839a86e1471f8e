import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entitySchemas, fromJson, subjectOf } from '../../libs/canonical/src/index.ts';
import type { AvroRecord } from '../../libs/canonical/src/schema.ts';
import { createCodec, createRegistryClient } from '../../libs/codec/src/index.ts';
import { type Infra, startInfra } from '../../libs/embedded/src/index.ts';
import { READERS } from './catalogue.ts';
import { compareRecord } from './compare.ts';
import type { ReaderAnswer, ReaderJob } from './job.ts';
import { runReader } from './run-reader.ts';
import { findObstacle, install, type Toolchain } from './toolchains.ts';

const SCHEMAS = join(import.meta.dirname, '..');
const newest = Object.values(entitySchemas).map(({ file }) => file);
/** It has what later ones must not have: defaults on decimals, and on records with one in them. */
const FORMER = 'order/v1.avsc';
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
/** Written by hand: what our codec is given, and what every reader must find again. */
const order = readJson(join(import.meta.dirname, 'order.json'));
const obstacles = new Map<Toolchain, string | null>(
  READERS.map(({ toolchain }) => [toolchain, findObstacle(toolchain)] as const),
);
const skipped = new Set(
  [...obstacles].filter(([toolchain, obstacle]) => toolchain.optional && obstacle !== null).map(([each]) => each),
);

let infra: Infra;
let job: ReaderJob;
const workFolder = mkdtempSync(join(tmpdir(), 'entrepot-readers-'));

beforeAll(async () => {
  // Side by side, for most of the time goes by waiting; a failure is told by the readers that need the packages.
  const installs = [...obstacles].filter(([, obstacle]) => obstacle === null).map(([toolchain]) => install(toolchain));
  infra = await startInfra({ dataDir: join(workFolder, 'infra'), only: ['registry'] });
  job = await prepareJob(infra.registryUrl);
  await Promise.allSettled(installs);
});
afterAll(async () => {
  await infra?.stop();
  rmSync(workFolder, { recursive: true, force: true });
});

/** Registers every schema that is to be opened, drafts and former versions under subjects of their own, and writes the record. */
async function prepareJob(registryUrl: string): Promise<ReaderJob> {
  const registry = createRegistryClient({ baseUrl: registryUrl });
  const codec = createCodec({ registry });
  await codec.registerReleased();
  const schemas: ReaderJob['schemas'][number][] = [];
  for (const name of [...newest, FORMER]) {
    const schema = readJson(join(SCHEMAS, name)) as AvroRecord;
    const id = await registry.registerSchema(`reading-${name.replace('/', '-')}`, schema);
    schemas.push({ name, file: join(SCHEMAS, name), id });
  }
  const record = join(workFolder, 'order.bin');
  const value = await codec.encode('order', fromJson('order', order));
  expect(value.readInt32BE(1)).toBe(await registry.registerSchema(subjectOf('order'), entitySchemas.order.schema));
  writeFileSync(record, value);
  return { schemas, record, writer: entitySchemas.order.file };
}

/** One line for each toolchain that is not here, instead of a test: what is not run is not among the passed. */
for (const toolchain of skipped) console.log(`SKIPPED: readers in ${toolchain.language}: ${obstacles.get(toolchain)}`);

for (const reader of READERS.filter(({ toolchain }) => !skipped.has(toolchain)))
  describe(reader.name, () => {
    let answer: ReaderAnswer;
    beforeAll(async () => {
      expect(obstacles.get(reader.toolchain), 'what this reader needs is not here').toBeNull();
      answer = await runReader(reader, job, { workFolder, registryUrl: infra.registryUrl });
    });

    it.each(newest)('opens %s', (name) => {
      expect(answer.opened[name]).toEqual({ value: null });
    });

    it('reads an order, value by value', () => {
      expect(answer.read).toHaveProperty('value');
      expect(compareRecord(entitySchemas.order.schema, order, (answer.read as { value: unknown }).value)).toEqual([]);
    });

    it('takes a value that is null', () => {
      expect(answer.erased).toEqual({ value: null });
    });

    // A reader that opens everything would prove nothing; and the page for subscribers says who cannot read older records.
    const refusal = reader.refusesFormer;
    it(`${refusal === undefined ? 'opens' : 'refuses'} ${FORMER}, the schema of older records`, () => {
      expect(answer.opened[FORMER]).toEqual(
        refusal === undefined ? { value: null } : { error: expect.stringMatching(refusal) },
      );
    });
  });
