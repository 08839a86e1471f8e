import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { decode, encode, type SourceMapLine } from '@jridgewell/sourcemap-codec';
import { defineConfig, type Plugin } from 'rolldown';

/** The folder of the service to bundle, from the root; nx passes it (`--environment SERVICE:services/ledger`). */
const service = process.env.SERVICE;
if (!service)
  throw new Error('Name the service to bundle: rolldown --config rolldown.config.ts --environment SERVICE:<folder>');
const outDir = join(import.meta.dirname, service, 'dist');

const SOURCE_PLACES: Record<string, (sourceUrl: string) => string> = {
  url: (sourceUrl) => `${sourceUrl}.href`,
  filename: (sourceUrl) => `process.getBuiltinModule('node:url').fileURLToPath(${sourceUrl})`,
  dirname: (sourceUrl) => `process.getBuiltinModule('node:url').fileURLToPath(new URL('.', ${sourceUrl}))`,
};

/**
 * Bundled code still finds the files beside its source (schemas, templates): each module's `import.meta.url` is made the
 * address of its source file, told from where the bundle lies, so the checkout can lie anywhere.
 */
const keepSourcePlaces: Plugin = {
  name: 'keep-source-places',
  transform(code, id) {
    const fromBundle = JSON.stringify(relative(outDir, id).replaceAll('\\', '/'));
    const kept = code.replace(/\bimport\.meta\.(url|filename|dirname)\b/g, (found, place: string) => {
      return SOURCE_PLACES[place]?.(`new URL(${fromBundle}, import.meta.url)`) ?? found;
    });
    if (kept === code) return null;
    const lineByLine = kept.replace(/[^\n]+/g, '').replace(/\n/g, ';AACA');
    return { code: kept, map: { version: 3, sources: [id], names: [], mappings: `AAAA${lineByLine}` } };
  },
};

/**
 * Packages that others would use if they were installed, and ask for only when a program wants what they do: transports and databases' extras
 * that nobody here does. And what must stay outside: machine code, found by where it lies and loaded when it is needed.
 */
const OUTSIDE_PACKAGES = [
  /^@nestjs\/(websockets|platform-socket\.io|platform-fastify)(\/|$)/,
  /^(class-validator|class-transformer|cache-manager)(\/|$)/,
  /^(@grpc\/.*|@nats-io\/.*|amqplib|amqp-connection-manager|ioredis|mqtt|nats)$/,
  /^(@aws-sdk\/.*|@mongodb-js\/zstd|aws4|gcp-metadata|kerberos|mongodb-client-encryption|socks)$/,
  /^(@fastify\/.*|pino-pretty|supports-color)$/,
  /^(snappy|lz4-napi)$/,
  // Installed; found by where it lies, because it is files to be served.
  /^swagger-ui-dist(\/|$)/,
];

/** Where the last of these packages lies for the one before it, and so on; the first as seen from here. */
function resolveFrom(...packages: readonly string[]): string {
  return packages.reduce((from, name) => createRequire(from).resolve(name), import.meta.filename);
}

/**
 * What would be held in memory twice. Node has the URL standard built in: `whatwg-url`, by which the database's driver reads its address, is the same
 * again with tables of its own. The list of media types lies here five times, in two versions.
 */
const ONE_OF_EACH: Record<string, string> = {
  'whatwg-url': 'node:url',
  'mime-db': resolveFrom('express', 'mime-types', 'mime-db'),
};

/** Source maps of our own code only: those of the packages would be twelve times as large, and be read for the first error. */
const mapOwnCodeOnly: Plugin = {
  name: 'map-own-code-only',
  transform(code, id) {
    return id.includes('/node_modules/') ? { code, map: { version: 3, sources: [], names: [], mappings: '' } } : null;
  },
};

/** A letter that is no Latin one, and all ten million letters of a bundle take two bytes each in memory, for ever. */
const writeAscii: Plugin = {
  name: 'write-ascii',
  // The finished file: before that, the bundler prints it anew.
  writeBundle() {
    const file = join(outDir, 'main.js');
    const toEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/[^\0-\x7f]/g, toEscape));
  },
};

/** A stack needs the file and the line of a call; the place of each word in it takes 14 MB of a process that has read the map. */
const mapLinesOnly: Plugin = {
  name: 'map-lines-only',
  writeBundle() {
    const file = join(outDir, 'main.js.map');
    const map = JSON.parse(readFileSync(file, 'utf8')) as { mappings: string; names: string[] };
    writeFileSync(file, JSON.stringify({ ...map, names: [], mappings: encode(keepLines(decode(map.mappings))) }));
  },
};

/** Each line of ours from its beginning; the first one behind it that is none of ours says so, or it would be taken for ours as well. */
function keepLines(lines: readonly SourceMapLine[]): SourceMapLine[] {
  let isOurs = false;
  return lines.map((segments) => {
    const [, source, line] = segments.find((segment) => segment.length > 1) ?? [];
    const wasOurs = isOurs;
    isOurs = source !== undefined && line !== undefined;
    if (source !== undefined && line !== undefined) return [[0, source, line, 0]];
    return wasOurs ? [[0]] : [];
  });
}

/** One file a service, packages included: reading them one by one, some 1,400 files, takes twice the time of a start. */
export default defineConfig({
  input: join(service, 'src/main.ts'),
  platform: 'node',
  tsconfig: true,
  external: (id) => OUTSIDE_PACKAGES.some((name) => name.test(id)),
  resolve: { alias: ONE_OF_EACH },
  plugins: [keepSourcePlaces, mapOwnCodeOnly, writeAscii, mapLinesOnly],
  transform: { target: 'node22' },
  onLog(level, log, report) {
    // Left to itself, the bundler would make it an import that fails only when the service starts.
    report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
  },
  output: {
    dir: outDir,
    entryFileNames: 'main.js',
    format: 'esm',
    // Two packages may have classes of one name; names are seen at run time, by Nest and in errors.
    keepNames: true,
    sourcemap: true,
    // The sources lie beside the bundle; node would keep a second copy of them in memory.
    sourcemapExcludeSources: true,
    codeSplitting: false,
    comments: false,
  },
});
