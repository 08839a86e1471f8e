import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findSshd, type Sshd } from '../downloads/sshd.ts';
import { runTool } from '../downloads/tools.ts';
import { InfraError } from '../errors.ts';
import { type OwnedChild, spawnOwned, waitUntilReady } from '../processes/child.ts';
import { foreignEnvironment } from '../processes/foreign-environment.ts';
import { findFreePort } from '../processes/ports.ts';
import { startReaper } from '../processes/reaper.ts';

/** Debian's number of `nobody`: the server runs without privileges also where the tests have them. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 20_000;

/** OpenSSH's own server on loopback, for one user who signs in by a key. */
export interface OpenSsh {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** In OpenSSH's format. */
  readonly privateKey: string;
  /** `SHA256:…` */
  readonly hostKey: string;
  /** The folder that the server shows; its absolute path here and there. */
  readonly folder: string;
  /** Lets the server's user write what the test has put there. */
  handOver(path: string): void;
  /** Ends the server and deletes what it had. */
  stop(): Promise<void>;
}

/** @returns null where no OpenSSH is to be had: the tests are skipped then, and say so */
export async function startOpenSsh(): Promise<OpenSsh | null> {
  const tell = (text: string): void => void process.stderr.write(`[test servers] OpenSSH: ${text}\n`);
  const sshd = await findSshd(tell);
  const { code } = await runTool('ssh-keygen', ['-?']);
  if (sshd !== null && code !== null) return start(sshd);
  tell('neither on PATH nor to be downloaded; its tests are skipped');
  return null;
}

async function start(sshd: Sshd): Promise<OpenSsh> {
  const home = mkdtempSync(join(tmpdir(), 'entrepot-sshd-'));
  const isRoot = process.getuid?.() === 0;
  const folder = join(home, 'files');
  mkdirSync(folder);
  for (const name of ['host', 'user']) {
    await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
  }
  const port = await findFreePort();
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(home, 'host')}`,
      `AuthorizedKeysFile ${join(home, 'user.pub')}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      // Without PAM an account that has no password, as nobody's, counts as locked.
      'UsePAM yes',
      'StrictModes no',
      'PidFile none',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  const handOver = (path: string): void => {
    if (isRoot) chownSync(path, NOBODY, NOBODY);
  };
  const program = placeProgram(sshd, home);
  for (const path of ['', ...readdirSync(home)]) handOver(join(home, path));
  const reaper = startReaper();
  const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
  const args = ['-D', '-e', '-f', join(home, 'sshd_config')];
  const child: OwnedChild = await spawnOwned(
    {
      name: 'sshd',
      command: isRoot ? 'setpriv' : program,
      args: isRoot ? [...asNobody, program, ...args] : args,
      env: { ...foreignEnvironment(), LD_LIBRARY_PATH: sshd.libraries.length === 0 ? '' : home },
      logFile: join(home, 'sshd.log'),
    },
    reaper,
  );
  await waitUntilReady(child, () => answers(port), START_TIMEOUT_MS);
  return {
    host: '127.0.0.1',
    port,
    user: isRoot ? 'nobody' : userInfo().username,
    privateKey: readFileSync(join(home, 'user'), 'utf8'),
    hostKey: await readFingerprint(join(home, 'host.pub')),
    folder,
    handOver,
    async stop() {
      await child.stop();
      await reaper.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Puts what was downloaded where `nobody` can read it, which a home's cache is not; an installed one stays where it is. */
function placeProgram({ command, libraries }: Sshd, home: string): string {
  if (libraries.length === 0) return command;
  for (const folder of libraries) {
    for (const name of readdirSync(folder).filter((each) => each.includes('.so'))) {
      copyFileSync(join(folder, name), join(home, name));
    }
  }
  const program = join(home, 'sshd');
  copyFileSync(command, program);
  return program;
}

async function readFingerprint(publicKey: string): Promise<string> {
  const { output } = await runTool('ssh-keygen', ['-l', '-f', publicKey]);
  const fingerprint = output.split(' ')[1];
  if (fingerprint === undefined)
    throw new InfraError('childDied', `ssh-keygen shows no fingerprint: ${output.slice(0, 200)}`);
  return fingerprint;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
