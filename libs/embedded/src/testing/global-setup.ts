import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADDRESS_VARIABLES, startInfra } from '../infra.ts';

/**
 * Starts Kafka, MongoDB and the registry for the tests, on free ports with data of their own, and names them in the
 * environment, which the workers inherit. Parts that the environment names already are used as they are; so a second
 * project of one run uses what the first one started.
 * @returns what ends them and deletes their data
 */
export default async function setUpInfra(): Promise<(() => Promise<void>) | undefined> {
  const variables = Object.values(ADDRESS_VARIABLES);
  if (variables.every((name) => process.env[name])) return undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'entrepot-test-'));
  const infra = await withPlainStacks(() =>
    startInfra({
      dataDir,
      onProgress: ({ part, text }) => process.stderr.write(`[test servers] ${part}: ${text}\n`),
    }),
  );
  process.env[ADDRESS_VARIABLES.kafka] = infra.kafkaBrokers;
  process.env[ADDRESS_VARIABLES.mongo] = infra.mongodbUri;
  process.env[ADDRESS_VARIABLES.registry] = infra.registryUrl;
  return async () => {
    await infra.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/**
 * Vitest 4.1 maps the stack of each error by the module's code, which it has as bytes where that came from its cache, and breaks down on them.
 * MongoDB's driver makes an error whenever the server is not up yet.
 */
async function withPlainStacks<T>(work: () => Promise<T>): Promise<T> {
  const { prepareStackTrace } = Error;
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  try {
    return await work();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
