import { type CallContext, VendorError } from '@entrepot/vendor-kit';
import { freeCall } from '@entrepot/vendor-kit/testing';
import { describe, expect, it } from 'vitest';
import { rememberRead } from '../src/company.ts';
import { createSharedReads } from '../src/shared-reads.ts';

/** A read that is answered by hand; `makers` are the calls that made it. */
function openRead() {
  const makers: CallContext[] = [];
  const answers: PromiseWithResolvers<string>[] = [];
  const read = (call: CallContext): Promise<string> => {
    makers.push(call);
    const answer = Promise.withResolvers<string>();
    answers.push(answer);
    return answer.promise;
  };
  return { makers, answers, read };
}

const caller = () => {
  const abort = new AbortController();
  return { ...freeCall({ signal: abort.signal }), abort: () => abort.abort() };
};
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('shared reads', () => {
  it('of one thing at one time are one; of another thing, or later, others', async () => {
    const { makers, answers, read } = openRead();
    const shared = createSharedReads<string>();
    const both = [shared.read('a', caller(), read), shared.read('a', caller(), read)];
    const other = shared.read('b', caller(), read);
    expect(makers).toHaveLength(2);
    answers[0]?.resolve('A');
    answers[1]?.resolve('B');
    expect(await Promise.all([...both, other])).toEqual(['A', 'A', 'B']);
    void shared.read('a', caller(), read);
    expect(makers).toHaveLength(3);
  });

  it('fail for who made them alone: the others read by themselves', async () => {
    const { makers, answers, read } = openRead();
    const shared = createSharedReads<string>();
    const callers = [caller(), caller(), caller()];
    const [first, second, third] = callers.map((call) => reasonOf(shared.read('a', call, read)));
    const away = new VendorError('unavailable', 'away');
    answers[0]?.reject(away);
    expect(await first).toBe(away);
    await soon();
    expect(makers).toEqual(callers);
    answers[1]?.resolve('A');
    const refused = new VendorError('rejected', 'refused');
    answers[2]?.reject(refused);
    expect(await second).toBeNull();
    expect(await third).toBe(refused);
  });

  it.each(['its signal', 'its lease'])('that end because of their maker (%s) are made by the others', async (why) => {
    const { makers, answers, read } = openRead();
    const shared = createSharedReads<string>();
    const maker = caller();
    const first = reasonOf(shared.read('a', maker, read));
    const others = [caller(), caller()];
    const waiting = others.map((call) => shared.read('a', call, read));
    if (why === 'its signal') {
      maker.abort();
      answers[0]?.reject(new VendorError('unavailable', 'stopped', { code: 'aborted' }));
    } else answers[0]?.reject(new Error('the lease would end'));
    expect(await first).toBeInstanceOf(Error);
    await soon();
    expect(makers).toEqual([maker, ...others]);
    for (const answer of answers.slice(1)) answer.resolve('A');
    expect(await Promise.all(waiting)).toEqual(['A', 'A']);
  });

  it('are not waited for by a caller that is stopped; the others stay', async () => {
    const { makers, answers, read } = openRead();
    const shared = createSharedReads<string>();
    const first = shared.read('a', caller(), read);
    const stopped = caller();
    const waiting = reasonOf(shared.read('a', stopped, read));
    stopped.abort();
    expect(await waiting).toMatchObject({ kind: 'unavailable', code: 'aborted' });
    expect(await reasonOf(shared.read('a', stopped, read))).toMatchObject({ code: 'aborted' });
    answers[0]?.resolve('A');
    expect(await first).toBe('A');
    expect(makers).toHaveLength(1);
  });
});

describe('a remembered read', () => {
  it('is believed for as long as its value says, and not remembered when it failed', async () => {
    let nowMs = 0;
    let reads = 0;
    let fails = true;
    const read = rememberRead({
      read: async () => {
        reads += 1;
        if (fails) throw new VendorError('unavailable', 'away');
        return reads;
      },
      keptMs: (value) => value * 10,
      now: () => nowMs,
    });
    await expect(read(caller())).rejects.toThrow('away');
    fails = false;
    expect(await Promise.all([read(caller()), read(caller())])).toEqual([2, 2]);
    nowMs = 19;
    expect(await read(caller())).toBe(2);
    nowMs = 20;
    expect(await read(caller())).toBe(3);
  });
});
