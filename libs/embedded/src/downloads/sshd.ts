import { existsSync, readdirSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { fillOnce, locateCache } from './once.ts';
import { runTool } from './tools.ts';

/** The server's own packages, and of those it links to the ones that a plain system lacks. */
const PACKAGES = ['openssh-server', 'openssh-sftp-server', 'libwrap0'];
/** Where systems have it that do not put it on everybody's PATH. */
const USUAL_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];

export interface Sshd {
  readonly command: string;
  /** Folders in which the program looks for libraries first. */
  readonly libraries: readonly string[];
}

/**
 * Finds OpenSSH's server: on PATH, else in the cache, else by Debian's packages, which are unpacked there and not installed. Null
 * where neither is to be had: it is needed by tests only.
 */
export async function findSshd(onProgress: (text: string) => void): Promise<Sshd | null> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_FOLDERS];
  const onPath = folders.map((folder) => join(folder, 'sshd')).find((file) => existsSync(file));
  if (onPath !== undefined) return { command: onPath, libraries: [] };
  if (platform() !== 'linux') return null;
  try {
    const folder = await fillOnce(join(locateCache(), `openssh-${arch()}`), (temporary) =>
      unpack(temporary, onProgress),
    );
    return await tryToRun(folder);
  } catch (error) {
    onProgress(`not to be had: ${(error as Error).message}`);
    return null;
  }
}

async function unpack(folder: string, onProgress: (text: string) => void): Promise<void> {
  onProgress('downloading (first time only, by apt-get)');
  await run('sh', ['-c', 'cd "$0" && exec apt-get download --quiet "$@"', folder, ...PACKAGES]);
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(folder, name), folder]);
  }
}

async function tryToRun(folder: string): Promise<Sshd | null> {
  const libraries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.so(\.\d+)*$/.test(path))
    .map((path) => join(folder, path, '..'));
  const command = join(folder, 'usr', 'sbin', 'sshd');
  const { output } = await runTool('env', [`LD_LIBRARY_PATH=${libraries.join(delimiter)}`, command, '-V']);
  return output.includes('OpenSSH') ? { command, libraries: [...new Set(libraries)] } : null;
}

async function run(command: string, args: string[]): Promise<void> {
  const { code, output } = await runTool(command, args);
  if (code !== 0) throw new Error(output.trim().split('\n').at(-1)?.slice(0, 300) || `${command} failed`);
}
