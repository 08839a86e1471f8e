import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ScriptCoverage } from './inspector.ts';

/** A bundle on the disk. */
export interface Bundle {
  readonly path: string;
  readonly text: string;
  readonly map: SourceMapPayload;
}

/** The offsets of executed functions in the bundle. */
export function listCalled(bundle: Bundle, coverage: readonly ScriptCoverage[]): ReadonlySet<number> {
  const url = pathToFileURL(bundle.path).href;
  const wholes = coverage
    .filter((script) => script.url === url)
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.slice(0, 1)));
  return new Set(wholes.filter(({ count }) => count > 0).map(({ startOffset }) => startOffset));
}

/** What was called for every order, and not without one. Timers whose turns are rare fall into the time of one order, not of each. */
export function findCommon(orders: readonly ReadonlySet<number>[], quiet: ReadonlySet<number>): readonly number[] {
  const [first = new Set<number>(), ...others] = orders;
  return [...first].filter((offset) => !quiet.has(offset) && others.every((called) => called.has(offset)));
}

/** The source paths of functions, found by their offsets in the bundle. */
export function locateSources(bundle: Bundle, offsets: Iterable<number>): ReadonlySet<string> {
  const url = pathToFileURL(bundle.path).href;
  const map = new SourceMap(bundle.map);
  const lineStarts = [0, ...Array.from(bundle.text.matchAll(/\n/g), ({ index }) => index + 1)];
  const files = new Set<string>();
  for (const offset of offsets) {
    const line = findLine(lineStarts, offset);
    const entry = map.findEntry(line, offset - (lineStarts[line] ?? 0));
    if ('originalSource' in entry && entry.originalSource) files.add(fileURLToPath(new URL(entry.originalSource, url)));
  }
  return files;
}

/** The last line that begins at `offset` or before. */
function findLine(lineStarts: readonly number[], offset: number): number {
  let [low, high] = [0, lineStarts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Folders that represent the outside world, start the product, or prove it. */
const OTHERS = /^(libs\/(sandboxes|embedded)|services\/(sandbox|stack|proof))\//;

/** Whether a person who follows an order reads it: the product's own code, written by hand. `path` is from the root. */
export function isOwnSource(path: string): boolean {
  return (
    /^(libs|services)\/.*\.ts$/.test(path) &&
    !/\/(generated|node_modules)\/|\.gen\.ts$/.test(path) &&
    !OTHERS.test(path)
  );
}
