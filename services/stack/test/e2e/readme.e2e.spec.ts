import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const DEMO_TIMEOUT_MS = 120_000;

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack();
}, 180_000);

afterAll(() => test?.stop(), 60_000);

/** The commands of the README and its walk-through: each fenced `sh` block is one. */
function readCommands(): string[] {
  const pages = ['README.md', 'services/stack/WALK.md']
    .map((page) => readFileSync(join(ROOT, page), 'utf8'))
    .join('\n');
  return [...pages.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

/** The same command against this test's stack, which has ports and a home of its own. */
function adapt(command: string): string {
  const { stack, home } = test;
  const registry = new URL(stack.infra.registryUrl).origin;
  return command
    .replaceAll('.entrepot/', `${home}/`)
    .replaceAll('/tmp/entrepot.yaml', `${home}/exported.yaml`)
    .replaceAll('http://127.0.0.1:7090', stack.sandboxUrl)
    .replaceAll('http://127.0.0.1:7070', stack.adminUrl)
    .replaceAll('http://127.0.0.1:7071', stack.webhookUrlOf('shopify'))
    .replaceAll('http://127.0.0.1:7171', stack.operationsUrlOf('connector-shopify'))
    .replaceAll('http://127.0.0.1:29081', registry);
}

function runShell(script: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ENTREPOT_HOME: test.home };
    execFile('bash', ['-e', '-c', script], { cwd: ROOT, env, timeout: DEMO_TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

describe('the walk-through of the README', () => {
  it('has commands', () => {
    expect(readCommands().length).toBeGreaterThan(8);
  });

  it(
    'runs, command by command, as it stands there',
    async () => {
      let exported = '';
      for (const command of readCommands()) {
        // A reader types them into one shell: what one exports, the next ones see.
        if (command.startsWith('export ')) exported += `${adapt(command)}\n`;
        const { code, output } = await runShell(`${exported}${adapt(command)}`);
        expect(code, `${command}\n${output}`).toBe(0);
        expect(output, command).not.toMatch(/"status":\s*[45]\d\d|urn:entrepot:problem/);
      }
    },
    DEMO_TIMEOUT_MS * 2,
  );

  it('left an order in the list with its number in SAP', async () => {
    const { items } = await test.admin.get<{ items: { status: string; targets: { targetNumber: string | null }[] }[] }>(
      '/v1/orders?status=imported',
    );
    expect(items.length).toBeGreaterThan(5);
    expect(items[0]?.targets[0]?.targetNumber).toMatch(/^\d+$/);
  });
});

describe('a restart', () => {
  it('keeps what was there', async () => {
    const before = await test.admin.listDeliveries({ state: 'verified' });
    for (const service of test.stack.services) if (service.name !== 'sandbox') await service.stop();
    for (const service of test.stack.services) if (service.name !== 'sandbox') await service.start();
    expect(await test.admin.listDeliveries({ state: 'verified' })).toEqual(before);
    const order = await test.shop.placeOrder();
    await waitForState(test.admin, order.id, ['verified']);
  });
});
