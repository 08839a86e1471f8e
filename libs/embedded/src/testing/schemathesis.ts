import { join } from 'node:path';
import { nameCacheFolder, PINS_DIR } from '../downloads/maven.ts';
import { fillOnce } from '../downloads/once.ts';
import { requirePip, runTool } from '../downloads/tools.ts';
import { InfraError } from '../errors.ts';

/** Gives the tests the Python that has Schemathesis. */
const VARIABLE = 'SCHEMATHESIS_PYTHON';

/**
 * Brings Schemathesis, which makes up requests from an API's description, into the cache: pinned, in an environment of its own. Without the
 * environment's own pip, so that Debian's Python does without a further package; its programs are not used, as they name the folder that it
 * was made in.
 */
export default async function setUpSchemathesis(): Promise<void> {
  const pins = join(PINS_DIR, 'schemathesis.requirements.txt');
  const folder = await fillOnce(nameCacheFolder('schemathesis', pins), async (temporary) => {
    await requirePip();
    process.stderr.write('[test servers] schemathesis: downloading (first time only, from the package index)\n');
    await run(['-m', 'venv', '--without-pip', temporary]);
    const python = join(temporary, 'bin', 'python');
    await run(['-m', 'pip', '--python', python, 'install', '--quiet', '--no-deps', '--requirement', pins]);
  });
  process.env[VARIABLE] = join(folder, 'bin', 'python');
}

async function run(args: string[]): Promise<void> {
  const { code, output } = await runTool('python3', args);
  if (code === 0) return;
  const reason = output.trim().split('\n').at(-1)?.slice(0, 300);
  throw new InfraError('downloadFailed', `Schemathesis could not be installed: ${reason}`);
}
