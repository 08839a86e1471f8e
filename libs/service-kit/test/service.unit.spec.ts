import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const index = new URL('../src/index.ts', import.meta.url).href;

/** Runs a service in a process of its own: signals and exit codes are what is tested. */
function run(body: string, env: Record<string, string> = {}) {
  const script = `import { runService } from ${JSON.stringify(index)};\n${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env.PATH, ENTREPOT_PORT: '0', ...env },
  });
  let output = '';
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.once('exit', () => reject(new Error(`ended without "${text}": ${output}`)));
      look();
    });
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, seen, ended, output: () => output };
}

const idle = `await runService({ name: 'svc', defaultPort: 0, config: {}, start: async () => ({ stop: async () => console.log('closed') }) });`;

describe('runService', { timeout: 20_000 }, () => {
  it('stops in order on SIGTERM', async () => {
    const service = run(idle);
    await service.seen('"started"');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(service.output()).toMatch(/"stopping"[\s\S]*closed[\s\S]*"stopped"/);
  });

  it('serves operations apart from the port that strangers reach, on loopback unless told otherwise', async () => {
    const service = run(
      `await runService({ name: 'svc', defaultPort: 1, defaultOperationsPort: 2, config: {}, start: async ({ operations, address }) => {
        console.log('at', operations.host, operations.port > 2, address.host, address.port);
        const { status } = await fetch('http://127.0.0.1:' + operations.port + '/livez');
        console.log('livez', status);
        return { stop: async () => {} };
      } });`,
      { ENTREPOT_HOST: '0.0.0.0', ENTREPOT_OPERATIONS_PORT: '0' },
    );
    await service.seen('"started"');
    expect(service.output()).toMatch(/at 127\.0\.0\.1 true 0\.0\.0\.0 0\nlivez 200/);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('has the log mask what start learns to be a secret, such as a key that stands in a file', async () => {
    const service = run(
      `await runService({ name: 'svc', defaultPort: 0, config: {}, start: async ({ log, learnSecret }) => {
        learnSecret('Kx9-qqTz_77Lm');
        log.info({ err: new Error('cannot open Kx9-qqTz_77Lm'), file: 'Kx9-qqTz_77Lm' }, 'seen: Kx9-qqTz_77Lm');
        return { stop: async () => {} };
      } });`,
    );
    await service.seen('"started"');
    expect(service.output()).toContain('seen: ***');
    expect(service.output()).not.toContain('Kx9-qqTz_77Lm');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('ends when stopping takes too long', async () => {
    const service = run(idle.replace(`async () => console.log('closed')`, '() => new Promise(() => {})'), {
      ENTREPOT_SHUTDOWN_TIMEOUT_MS: '50',
    });
    await service.seen('"started"');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('stop took too long');
  });

  it('tells faults of its own and of common variables together, exit code 2', async () => {
    const service = run(
      `await runService({ name: 'svc', defaultPort: 0, config: { KEY: { description: 'the key', type: 'string', required: true } }, start: async () => ({ stop: async () => {} }) });`,
      { ENTREPOT_LOG_LEVEL: 'loud' },
    );
    expect(await service.ended).toBe(2);
    expect(service.output()).toMatch(/ENTREPOT_LOG_LEVEL.*\n.*KEY: is not set. Set it: the key/);
  });

  it('logs an unhandled rejection and ends with code 1', async () => {
    const service = run(`${idle}\nPromise.reject(new Error('forgotten'));`);
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('forgotten');
  });

  it('ends with code 1 and one clear line when start fails', async () => {
    const service = run(
      `await runService({ name: 'svc', defaultPort: 0, config: {}, start: async () => { throw new Error('no database'); } });`,
    );
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('start failed: no database');
  });
});
