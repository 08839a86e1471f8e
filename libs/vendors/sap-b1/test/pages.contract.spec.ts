import type { FoundDocument, VendorError } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { call, planOrder, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

const PAGE = '<html><head><title>Gateway</title></head><body><h1>Not here</h1></body></html>';

/** All requests of a kind are answered with a page by something in front of SAP. */
function answerWithPage(code: number, match: { method?: string; operation?: string }): void {
  test.sandbox.faults.add({
    match,
    fault: { type: 'status', code, body: PAGE, headers: { 'content-type': 'text/html' } },
  });
}

const failure = (work: Promise<unknown>): Promise<VendorError> =>
  work.then(
    (result) => Promise.reject(new Error(`should have failed: ${JSON.stringify(result)}`)),
    (error: VendorError) => error,
  );
const countLogins = () => test.sandbox.faults.requests.list().filter(({ operation }) => operation === 'Login').length;

describe("a proxy's page in place of Service Layer's answer", () => {
  it('404 to a read is no absence: what was written is not taken to be gone', async () => {
    const document = await planOrder();
    await target.entity('order').create(document, call);
    const [written] = await target.entity('order').find(document, call);
    answerWithPage(404, { method: 'GET', operation: 'Orders' });
    const error = await failure(target.entity('order').read(document, (written as FoundDocument).targetId, call));
    expect(error).toMatchObject({ kind: 'unavailable', httpStatus: 404, answerUnknown: false });
    expect(error.message).toMatch(/no JSON.*HTTP 404.*"Gateway Not here"/);
  });

  it('401 is no refused password: nobody logs in again, and no lane is stopped for credentials', async () => {
    const document = await planOrder();
    await target.entity('order').create(document, call);
    const before = countLogins();
    answerWithPage(401, {});
    expect(await failure(target.entity('order').find(document, call))).toMatchObject({
      kind: 'unavailable',
      httpStatus: 401,
    });
    expect(countLogins()).toBe(before);
    const fresh = test.open();
    expect(await failure(fresh.fence(call))).toMatchObject({ kind: 'unavailable', httpStatus: 401 });
    await fresh.close();
  });

  it('200 to a change says nothing of it: it is not known whether it was made', async () => {
    const document = await planOrder();
    await target.entity('order').create(document, call);
    const [current] = await target.entity('order').find(document, call);
    const changed = await planOrder('13.75');
    answerWithPage(200, { method: 'PATCH', operation: 'Orders' });
    const error = await failure(target.entity('order').update(changed, current as FoundDocument, call));
    expect(error).toMatchObject({ kind: 'unavailable', httpStatus: 200, answerUnknown: true });
  });
});
