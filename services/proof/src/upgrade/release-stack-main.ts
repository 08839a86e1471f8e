import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { startStack } from '@entrepot/stack';

/**
 * Runs the whole product of a release, its servers included, until it receives a signal: by that release's own starter, so that no newer
 * code fills the home. The environment names the folders of the release and its home, and the file of its connections and flows.
 */
const { RELEASE_FOLDER = '', RELEASE_CONFIG = '', ...env } = process.env;
const starter = pathToFileURL(join(RELEASE_FOLDER, 'services', 'stack', 'src', 'stack.ts')).href;
const stack = await ((await import(starter)) as { startStack: typeof startStack }).startStack({
  root: RELEASE_FOLDER,
  env,
  anyPorts: true,
  configFile: RELEASE_CONFIG,
  onNote: (line) => process.stdout.write(`${line}\n`),
});
process.once('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
