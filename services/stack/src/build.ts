import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { InfraError } from '@entrepot/embedded';

/**
 * Bundles the services whose sources changed; those that did not come from the cache.
 * @throws InfraError `childDied` with the end of the bundler's words
 */
export async function buildServices(root: string): Promise<void> {
  const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(process.execPath, [nx, 'run-many', '-t', 'build', '--outputStyle=static'], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false', PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (exitCode) => resolve({ code: exitCode, output: text }));
  });
  if (code === 0) return;
  throw new InfraError(
    'childDied',
    `The services cannot be built (run \`npm run build\` to see all of it):\n${output.trimEnd().slice(-2_000)}`,
  );
}
