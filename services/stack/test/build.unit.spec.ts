import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { areNewerThanSources } from '../src/processes/build.ts';

const SOURCES_AT = new Date('2026-01-01T10:00:00Z');
const BUILT_AT = new Date('2026-01-01T11:00:00Z');
const LATER = new Date('2026-01-01T12:00:00Z');
const FILES = [
  'package-lock.json',
  'tsconfig.base.json',
  'rolldown.config.ts',
  'schemas/order/v1.avsc',
  'libs/broker/src/index.ts',
  'libs/broker/test/broker.unit.spec.ts',
  'services/ledger/src/main.ts',
];

let root: string;
let bundle: string;

function place(file: string, at: Date): void {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  utimesSync(path, at, at);
}

/** Folders take their time from what was put into them last. */
function settleFolders(): void {
  for (const file of FILES)
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder))
      utimesSync(join(root, folder), SOURCES_AT, SOURCES_AT);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entrepot-build-'));
  for (const file of FILES) place(file, SOURCES_AT);
  bundle = join(root, 'services/ledger/dist/main.js');
  place('services/ledger/dist/main.js', BUILT_AT);
  settleFolders();
});
afterEach(() => rmSync(root, { recursive: true }));

it('nothing changed since the bundles were made', () => {
  expect(areNewerThanSources([bundle], root)).toBe(true);
});

it('making the bundle is no change of its service', () => {
  utimesSync(join(root, 'services/ledger'), LATER, LATER);
  expect(areNewerThanSources([bundle], root)).toBe(true);
});

it.each(['libs/broker/src/index.ts', 'schemas/order/v1.avsc', 'package-lock.json', 'services/ledger/src/new.ts'])(
  '%s was changed or added',
  (file) => {
    place(file, LATER);
    expect(areNewerThanSources([bundle], root)).toBe(false);
  },
);

it('a source was deleted', () => {
  rmSync(join(root, 'libs/broker/src/index.ts'));
  expect(areNewerThanSources([bundle], root)).toBe(false);
});

it('tests are no part of a bundle', () => {
  place('libs/broker/test/broker.unit.spec.ts', LATER);
  expect(areNewerThanSources([bundle], root)).toBe(true);
});

it('a bundle is missing', () => {
  expect(areNewerThanSources([bundle, join(root, 'services/sandbox/dist/main.js')], root)).toBe(false);
});
