// Which specs a change reaches. Vitest asks the same by transforming every module of every spec, which takes longer than the tests of a
// mapper; here the import statements are enough.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';
import type { Vite, Vitest } from 'vitest/node';

// A statement begins its line, as the formatter leaves it. Of types nothing is left when a module runs.
const IMPORTS =
  /^(?:import|export)\b(?!\s+type\b)(?:[\w\s{},*$]*?\bfrom)?\s*['"](?<of>[^'"]+)['"]|\bimport\(\s*['"](?<later>[^'"]+)['"]/gm;

/** What a module imports as it runs, as it is written. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORTS)].flatMap(({ groups }) => groups?.['of'] ?? groups?.['later'] ?? []);
}

/** File by what our own packages are imported as: `@entrepot/vendor-kit/testing`. */
function findEntries(root: string): Map<string, string> {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = new Map<string, string>();
  for (const folder of globSync(workspaces, { cwd: root })) {
    const file = join(root, folder, 'package.json');
    if (!existsSync(file)) continue;
    const { name, exports = {} }: { name: string; exports?: Record<string, string> } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    for (const [path, entry] of Object.entries(exports)) entries.set(join(name, path), join(root, folder, entry));
  }
  return entries;
}

/** The modules that import each module, of all that the specs need. */
export function findImporters(root: string, specs: readonly string[]): Map<string, Set<string>> {
  const entries = findEntries(root);
  const importers = new Map<string, Set<string>>(specs.map((spec) => [spec, new Set()]));
  // A map's iteration goes on over what is added to it.
  for (const file of importers.keys()) {
    if (!/\.[cm]?[jt]s$/.test(file)) continue;
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const path = specifier.replace(/\?.*$/, '');
      const imported = path.startsWith('.') ? join(dirname(file), path) : entries.get(path);
      if (imported === undefined || !existsSync(imported)) continue;
      const known = importers.get(imported);
      if (known === undefined) importers.set(imported, new Set([file]));
      else known.add(file);
    }
  }
  return importers;
}

/** These files, and all that import them, over however many others. */
export function reachFrom(files: readonly string[], importers: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set(files);
  for (const file of reached) for (const importer of importers.get(file) ?? []) reached.add(importer);
  return reached;
}

/** All specs below the root. */
export function findSpecs(root: string): string[] {
  const exclude = (name: string) => ['node_modules', '.types', '.git', 'dist'].includes(name);
  return globSync('**/*.spec.ts', { cwd: root, exclude }).map((file) => join(root, file));
}

/** `vitest run --changed` takes the specs that the change reaches. What must run everything does so as before, and so does watching. */
export function narrowToChanged(): Vite.Plugin {
  return {
    name: 'narrow-to-changed',
    async configureVitest({ vitest, project }) {
      if (project === vitest.projects[0]) await narrow(vitest);
    },
  };
}

async function narrow(vitest: Vitest): Promise<void> {
  const { config } = vitest;
  if (!config.changed || config.watch) return;
  const changed = await vitest.vcs.findChangedFiles({ root: config.root, changedSince: config.changed });
  const triggers = config.forceRerunTriggers.map((pattern) => pattern.replace(/\/\*\*$/, ''));
  const rerunsAll = changed.some((file) => triggers.some((pattern) => matchesGlob(file, pattern)));
  if (changed.length === 0 || rerunsAll) return;
  const reached = reachFrom(changed, findImporters(config.root, findSpecs(config.root)));
  for (const project of vitest.projects) {
    const specs = [...reached].filter((file) => project.matchesTestGlob(file) && existsSync(file));
    project.config.include = specs.map((file) => relative(project.config.root, file));
  }
  config.changed = false;
}
