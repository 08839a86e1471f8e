import type { VendorError } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCall, startTestSandbox, type TestSandbox } from './sandbox-for-tests.ts';

let test: TestSandbox;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 2, 2);
  test = await startTestSandbox({ now: () => nowMs });
});
afterEach(() => test.close());

const countLogins = () => test.sandbox.faults.requests.list().filter((request) => request.operation === 'Login').length;
const countSessions = async () => ((await test.control('GET', '/sessions')) as { count: number }).count;
const failure = (promise: Promise<unknown>): Promise<VendorError> =>
  promise.then(
    () => {
      throw new Error('should have failed');
    },
    (error) => error as VendorError,
  );

describe('session', () => {
  it('twenty requests at once share one login', async () => {
    const target = test.open();
    const hits = await Promise.all(
      Array.from({ length: 20 }, (_, index) => target.match('customer', `nobody-${index}@example.com`, openCall())),
    );
    expect(hits).toEqual(Array(20).fill([]));
    expect(countLogins()).toBe(1);
    await target.close();
  });

  it('ends its session when it closes', async () => {
    const target = test.open();
    await target.fence(openCall());
    expect(await countSessions()).toBe(1);
    await target.close();
    expect(await countSessions()).toBe(0);
    expect(test.vault.token).toBeNull();
  });

  it('a dead session is renewed and the request repeated, once', async () => {
    const target = test.open();
    await target.match('product', 'MUG-WHITE', openCall());
    await test.control('POST', '/sessions/expire');
    expect(await target.match('product', 'MUG-WHITE', openCall())).toHaveLength(1);
    expect(countLogins()).toBe(2);
    test.sandbox.faults.add({ match: { operation: 'Items' }, fault: { type: 'expiredSession' } });
    expect((await failure(target.match('product', 'MUG-WHITE', openCall()))).kind).toBe('unavailable');
    expect(countLogins()).toBe(3);
    await target.close();
  });

  it('logs in before the idle time is over, use keeps the session alive', async () => {
    const target = test.open();
    const look = () => target.match('product', 'MUG-WHITE', openCall());
    await look();
    for (let i = 0; i < 5; i += 1) {
      nowMs += 20 * 60_000;
      await look();
    }
    expect(countLogins()).toBe(1);
    nowMs += 31 * 60_000;
    await look();
    expect(countLogins()).toBe(2);
    const refused = test.sandbox.faults.requests.list().filter((request) => request.status === 401);
    expect(refused).toEqual([]);
    await target.close();
  });

  it('a wrong password is tried once and never again, except by a test that an operator asks for', async () => {
    const target = test.open(test.connect({}, 'wrong'));
    for (let i = 0; i < 3; i += 1)
      expect(await failure(target.match('product', 'MUG-WHITE', openCall()))).toMatchObject({
        kind: 'unauthorized',
        code: '-304',
      });
    expect(countLogins()).toBe(1);
    const report = await target.test(openCall());
    expect(report.checks).toMatchObject([
      { name: 'reachable', ok: true },
      { name: 'sign-in', ok: false },
    ]);
    expect(countLogins()).toBe(2);
    await target.close();
  });

  it('an unknown company is told from a wrong password by its code', async () => {
    const target = test.open(test.connect({ company: 'NOSUCH' }));
    const error = await failure(target.match('product', 'MUG-WHITE', openCall()));
    expect(error).toMatchObject({ kind: 'unauthorized', code: '-306' });
    expect(error.advice).toContain('company');
    await target.close();
  });

  it('an overrun login service is unavailability, not refusal', async () => {
    test.sandbox.faults.add({ match: { operation: 'Login' }, times: 1, fault: { type: 'status', code: 500 } });
    const target = test.open();
    expect(await failure(target.match('product', 'MUG-WHITE', openCall()))).toMatchObject({
      kind: 'unavailable',
      code: '299',
    });
    expect(await target.match('product', 'MUG-WHITE', openCall())).toHaveLength(1);
    await target.close();
  });

  it('fencing ends the session of the predecessor, so that its late requests are refused', async () => {
    const predecessor = test.open();
    await predecessor.fence(openCall());
    const token = test.vault.token;
    const successor = test.open();
    await successor.fence(openCall());
    expect(test.vault.token).not.toBe(token);
    expect(await countSessions()).toBe(1);
    const response = await fetch(`${test.url}/sap-b1/b1s/v2/Orders`, {
      method: 'POST',
      headers: { cookie: token ?? '' },
      body: '{}',
    });
    expect(response.status).toBe(401);
    await successor.close();
    await predecessor.close();
  });

  it('a session whose token cannot be kept is given up: no successor could end it', async () => {
    const lost = new Error('the store is away');
    const { write } = test.vault;
    test.vault.write = () => Promise.reject(lost);
    const target = test.open();
    await expect(target.fence(openCall())).rejects.toBe(lost);
    expect(await countSessions()).toBe(0);
    await expect(target.match('product', 'MUG-WHITE', openCall())).rejects.toBe(lost);
    expect(await countSessions()).toBe(0);
    test.vault.write = write;
    expect(await target.match('product', 'MUG-WHITE', openCall())).toHaveLength(1);
    await target.close();
  });

  it('a session that was open before a lane was taken goes on, kept for a successor; a later owner ends it', async () => {
    const client = test.open();
    const look = () => client.match('product', 'MUG-WHITE', openCall());
    const pending = look();
    await client.fence(openCall());
    await pending;
    expect(countLogins()).toBe(1);
    const { token } = test.vault;
    expect(token).toMatch(/^B1SESSION=/);
    await look();
    expect(countLogins()).toBe(1);
    // Orders may have been written in it: the next epoch of this process ends what they left under way.
    await client.fence(openCall());
    expect(countLogins()).toBe(2);
    expect(await countSessions()).toBe(1);
    expect(test.vault.token).not.toBe(token);
    await client.close();
  });

  it('a session whose token cannot be kept after all is not used on', async () => {
    const lost = new Error('the store is away');
    const { write } = test.vault;
    const client = test.open();
    await client.match('product', 'MUG-WHITE', openCall());
    test.vault.write = () => Promise.reject(lost);
    await expect(client.fence(openCall())).rejects.toBe(lost);
    expect(await countSessions()).toBe(0);
    test.vault.write = write;
    await client.fence(openCall());
    expect(await countSessions()).toBe(1);
    await client.close();
  });

  it('takes no ownership while the predecessor cannot be logged out', async () => {
    const predecessor = test.open();
    await predecessor.fence(openCall());
    test.sandbox.faults.add({ match: { operation: 'Logout' }, times: 1, fault: { type: 'cutBeforeCommit' } });
    const successor = test.open();
    expect((await failure(successor.fence(openCall()))).kind).toBe('unavailable');
    await successor.fence(openCall());
    await successor.close();
    await predecessor.close();
  });
});

describe('answers of the balancer', () => {
  it.each([502, 503])('HTML %i is unavailability', async (code) => {
    const target = test.open();
    test.sandbox.faults.add({ match: { operation: 'Items' }, times: 1, fault: { type: 'status', code } });
    expect(await failure(target.match('product', 'MUG-WHITE', openCall()))).toMatchObject({
      kind: 'unavailable',
      httpStatus: code,
    });
    await target.close();
  });
});
