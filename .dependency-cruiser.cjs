/**
 * Imports point one way: canonical, service-kit ← codec, mapping, vendor-kit ← broker, store, vendors ← runtime-kit ← runtimes ← services.
 * A package with a sole importer is reached through that importer, so that it can be replaced in one place.
 */
const tests = '/test/|\\.spec\\.ts$|/testing/';
const layers = {
  ground: '^libs/(canonical|service-kit)/',
  middle: '^libs/(codec|mapping|vendor-kit)/',
  outer: '^libs/(broker|store|vendors|sandboxes|embedded)/',
  runtimeKit: '^libs/runtime-kit/',
  runtimes: '^libs/(connector-runtime|sink-runtime)/',
  services: '^services/',
};
const soleImporter = (name, package_, allowed) => ({
  name,
  severity: 'error',
  comment: `${package_} is imported by ${allowed} only.`,
  from: { pathNot: `^(${allowed})/|${tests}` },
  to: { path: `node_modules/${package_}/` },
});
const pointsOneWay = (lower, ...uppers) => ({
  name: `one-way-${lower}`,
  severity: 'error',
  comment: `What lies in "${lower}" knows nothing of ${uppers.join(', ')}.`,
  from: { path: layers[lower], pathNot: tests },
  to: { path: uppers.map((upper) => layers[upper]).join('|') },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Also of types alone: two files that name each other are read as one.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-cycles',
      severity: 'error',
      comment: 'Folders beside each other point one way. What both need lies beside them, or in a third.',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    pointsOneWay('ground', 'middle', 'outer', 'runtimeKit', 'runtimes', 'services'),
    pointsOneWay('middle', 'outer', 'runtimeKit', 'runtimes', 'services'),
    pointsOneWay('outer', 'runtimeKit', 'runtimes', 'services'),
    pointsOneWay('runtimeKit', 'runtimes', 'services'),
    pointsOneWay('runtimes', 'services'),
    {
      name: 'canonical-stands-alone',
      severity: 'error',
      comment: 'What an event is depends on nothing but decimals; nothing of ours.',
      from: { path: '^libs/canonical/src/' },
      to: { path: '^libs/(?!canonical/)|node_modules/(?!decimal\\.js/|@types/)' },
    },
    {
      name: 'service-kit-stands-alone',
      severity: 'error',
      from: { path: '^libs/service-kit/', pathNot: tests },
      to: { path: '^libs/(?!service-kit/)' },
    },
    {
      name: 'mapping-is-pure',
      severity: 'error',
      comment: 'Filters, defaults and expressions read and write nothing: no file, no network, no server.',
      from: { path: '^libs/mapping/src/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|assert|util)$' },
    },
    {
      name: 'vendors-know-only-their-kit',
      severity: 'error',
      comment:
        'A vendor lib sees the plug-in contract, the model and its own files: never Kafka, Nest, MongoDB or a runtime.',
      from: { path: '^libs/vendors/([^/]+)/', pathNot: tests },
      to: {
        path: '^libs/(?!vendors/|vendor-kit/|canonical/|mapping/)|^services/|node_modules/(kafkajs|@nestjs|mongoose|mongodb|opossum|avsc|prom-client)/',
      },
    },
    {
      name: 'vendors-know-no-other-vendor',
      severity: 'error',
      from: { path: '^libs/vendors/([^/]+)/', pathNot: '^libs/vendors/test/' },
      to: { path: '^libs/vendors/', pathNot: '^libs/vendors/$1/' },
    },
    {
      name: 'only-the-list-knows-the-vendors',
      severity: 'error',
      comment:
        'Runtimes, ledger, host and console serve every vendor of libs/vendors/list.ts; a vendor has two services of its own.',
      from: { path: '^(libs|services)/', pathNot: `^libs/vendors/|^services/(connectors|sinks)/|${tests}` },
      to: { path: '^libs/vendors/[^/]+/' },
    },
    {
      name: 'only-the-list-knows-the-sandboxes',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: `^libs/sandboxes/|^services/proof/|${tests}` },
      to: { path: '^libs/sandboxes/(?!faults/)[^/]+/' },
    },
    {
      name: 'sandboxes-share-no-code-with-what-they-test',
      severity: 'error',
      comment: 'A simulator that used the client it is there to check would repeat its mistakes.',
      from: { path: '^libs/sandboxes/', pathNot: tests },
      to: {
        path: '^libs/(vendors|broker|store|codec|mapping|vendor-kit|runtime-kit|connector-runtime|sink-runtime)/|^services/',
      },
    },
    {
      name: 'mappers-are-pure',
      severity: 'error',
      comment: 'A mapper turns values into values: no client, no file, no network.',
      from: { path: ['^libs/vendors/[^/]+/src/map/', '^libs/vendors/[^/]+/src/entities/[^/]+/map'] },
      to: {
        path: ['node_modules/undici/', '/src/(client|shop)\\.ts$', '/src/[^/]+/(client|session|login)\\.ts$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'services-do-not-share-code',
      severity: 'error',
      comment: 'The proofs run the others as they are, so they may look into them; nobody looks into the proofs.',
      from: { path: '^services/((?:connectors|sinks)/[^/]+|[^/]+)/', pathNot: `^services/proof/|${tests}` },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    soleImporter('only-codec-imports-avsc', 'avsc', 'libs/codec'),
    soleImporter('only-broker-imports-kafkajs', 'kafkajs', 'libs/broker|services/proof/src/bench/peers'),
    soleImporter('only-service-kit-imports-prom-client', 'prom-client', 'libs/service-kit'),
    soleImporter('only-store-and-ledger-import-mongoose', 'mongoose', 'libs/store|services/ledger'),
    // The embedded server makes a new mongod a replica set, for which there is no schema to speak of: the plain driver does.
    soleImporter(
      'only-store-ledger-and-embedded-import-mongodb',
      'mongodb',
      'libs/store|services/ledger|libs/embedded',
    ),
    soleImporter('only-runtime-kit-imports-opossum', 'opossum', 'libs/runtime-kit'),
    soleImporter('only-embedded-imports-memory-server', 'mongodb-memory-server-core', 'libs/embedded'),
    soleImporter('only-files-import-ssh2-sftp-client', 'ssh2-sftp-client', 'libs/vendor-kit/src/files'),
    soleImporter('only-formats-import-csv-parse', 'csv-parse', 'libs/vendor-kit/src/formats'),
    soleImporter('only-formats-import-csv-stringify', 'csv-stringify', 'libs/vendor-kit/src/formats'),
    soleImporter('only-formats-import-iconv-lite', 'iconv-lite', 'libs/vendor-kit/src/formats'),
    soleImporter('only-formats-import-fast-xml-parser', 'fast-xml-parser', 'libs/vendor-kit/src/formats'),
    {
      name: 'production-code-imports-no-tests',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: tests },
      to: { path: '/test/|\\.spec\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/|/\\.types/' },
    // The readers in JavaScript have packages of their own, as a subscriber's have.
    exclude: { path: '/dist/|/\\.types/|^schemas/readers/node/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
