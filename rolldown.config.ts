import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

/** The folder of the service to bundle, from the root; nx passes it (`--environment SERVICE:services/ledger`). */
const service = process.env.SERVICE;
if (!service)
  throw new Error('Name the service to bundle: rolldown --config rolldown.config.ts --environment SERVICE:<folder>');

/** The program of it to bundle, below its `src`; another one than the service's own goes to a folder of its own. */
const program = process.env.PROGRAM ?? 'main';

/**
 * Packages that others would use if they were installed, and ask for only when a program wants what they do: transports and databases' extras
 * that nothing here does. And what must stay outside: machine code and files to be served, found by where they lie.
 */
const OUTSIDE_PACKAGES = [
  /^@nestjs\/(websockets|platform-socket\.io|platform-fastify)(\/|$)/,
  /^(class-validator|class-transformer|cache-manager)(\/|$)/,
  /^(@grpc\/.*|@nats-io\/.*|amqplib|amqp-connection-manager|ioredis|mqtt|nats)$/,
  /^(@aws-sdk\/.*|@mongodb-js\/zstd|aws4|gcp-metadata|kerberos|mongodb-client-encryption|socks)$/,
  /^(@fastify\/.*|pino-pretty|supports-color)$/,
  /^(snappy|lz4-napi)$/,
  /^swagger-ui-dist(\/|$)/,
];

const PACKAGES = /\/node_modules\//;
/** Asked for when traces are on, and only then; the metrics' package has the API itself. */
const TRACES = /\/node_modules\/@opentelemetry\/(?!api\/)/;

/** Node keeps a source map in memory, whole: with that of the packages a service idles with 90 MB more, so theirs is empty. */
const mapOwnCodeOnly: Plugin = {
  name: 'map-own-code-only',
  transform(code, id) {
    return PACKAGES.test(id) ? { code, map: { mappings: '' } } : null;
  },
};

/**
 * Two files a service, our code and its packages, and those that are read when traces are on: reading them one by one, some 1,400 files, takes twice the time of a start. In one file
 * node would take the lines of packages, which no map names, for lines of ours.
 */
export default defineConfig({
  input: join(service, 'src', `${program}.ts`),
  platform: 'node',
  tsconfig: true,
  external: OUTSIDE_PACKAGES,
  plugins: [mapOwnCodeOnly],
  transform: { target: 'node22' },
  onLog(level, log, report) {
    // Left to itself, the bundler would make it an import that fails only when the service starts.
    report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
  },
  output: {
    dir: join(service, 'dist', program === 'main' ? '' : program),
    entryFileNames: 'main.js',
    chunkFileNames: '[name].js',
    format: 'esm',
    // Two packages may have classes of one name; names are seen at run time, by Nest and in errors.
    keepNames: true,
    sourcemap: true,
    // The sources lie beside the bundle; node would keep a second copy of them in memory.
    sourcemapExcludeSources: true,
    codeSplitting: {
      groups: [
        { name: 'packages', test: (id) => PACKAGES.test(id) && !TRACES.test(id), priority: 1 },
        { name: 'traces', test: TRACES },
      ],
    },
    comments: false,
  },
});
