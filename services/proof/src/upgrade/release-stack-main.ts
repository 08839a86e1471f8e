import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { startStack } from '@entrepot/stack';

/**
 * Runs the whole product as a release has it, its servers included, until it is told to end: by that release's own starter, so that a home is
 * filled by nothing newer. Told by its environment where the release, its home and its connections and flows lie.
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
