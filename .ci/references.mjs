// node .ci/references.mjs [--write]: each package's tsconfig.json refers to the packages of ours that its package.json names, and the
// root's refers to all of them: `tsc -b` then knows what a change touches. Without --write it only says what is out of step.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const root = join(import.meta.dirname, '..');
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Folder by package name: every workspace whose TypeScript is checked. */
function findPackages() {
  const folders = readJson('package.json')
    .workspaces.flatMap((pattern) => globSync(`${pattern}/tsconfig.json`, { cwd: root }))
    .map((file) => dirname(file));
  return new Map(folders.sort().map((folder) => [readJson(`${folder}/package.json`).name, folder]));
}

/** What lies outside of the workspaces and refers by paths: file by what it refers to. */
const OUTSIDE = {
  'schemas/tsconfig.json': ['libs/canonical', 'libs/codec', 'libs/embedded', 'libs/service-kit'],
};

/** The references that each file must hold, as paths from its folder. */
export function wantedReferences() {
  const packages = findPackages();
  const wanted = { ...OUTSIDE };
  for (const folder of packages.values()) {
    const { dependencies = {}, devDependencies = {} } = readJson(`${folder}/package.json`);
    const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => packages.has(name));
    wanted[`${folder}/tsconfig.json`] = names.map((name) => packages.get(name)).sort();
  }
  wanted['tsconfig.json'] = [...packages.values(), ...Object.keys(OUTSIDE).map((file) => dirname(file))].sort();
  return wanted;
}

/** Files whose references are not the wanted ones; with `write`, they are made so (and `npm run format` lays them out). */
export function compareReferences(write = false) {
  const stale = [];
  for (const [file, folders] of Object.entries(wantedReferences())) {
    const { references: present, ...config } = readJson(file);
    const references = folders.map((folder) => ({ path: toPath(dirname(file), folder) }));
    if (isDeepStrictEqual(present, references)) continue;
    stale.push(file);
    if (write) writeFileSync(join(root, file), `${JSON.stringify({ ...config, references }, null, 2)}\n`);
  }
  return stale;
}

function toPath(from, to) {
  const path = relative(from, to);
  return path.startsWith('.') ? path : `./${path}`;
}

if (import.meta.main) {
  const write = process.argv.includes('--write');
  for (const file of compareReferences(write)) console.log(`${file}: ${write ? 'written' : 'out of step'}`);
}
