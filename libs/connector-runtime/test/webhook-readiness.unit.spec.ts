import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebhookReadiness } from '../src/webhooks/admission.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function settleLater<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | null = null;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as { resolve: (value: T) => void; reject: (error: Error) => void }) };
}

describe('readiness of webhooks', () => {
  it('is there while Kafka answers, and asks it once for all who ask at once', async () => {
    const askKafka = vi.fn(async () => {});
    const readiness = createWebhookReadiness(askKafka);
    expect(await Promise.all([readiness.check(), readiness.check()])).toEqual([{ ok: true }, { ok: true }]);
    expect(askKafka).toHaveBeenCalledTimes(1);
  });

  it('is not there when Kafka is away, before any webhook has come', async () => {
    const readiness = createWebhookReadiness(() => Promise.reject(new Error('ECONNREFUSED')));
    expect(await readiness.check()).toMatchObject({ ok: false, detail: expect.stringContaining('503') });
  });

  it('is not there when Kafka says nothing, within what a health check waits', async () => {
    const checked = createWebhookReadiness(() => new Promise(() => {})).check();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(await checked).toMatchObject({ ok: false });
  });

  it('lasts through a silence shorter than a webhook waits, and asks no more meanwhile', async () => {
    let silent = false;
    const askKafka = vi.fn(() => (silent ? new Promise<void>(() => {}) : Promise.resolve()));
    const readiness = createWebhookReadiness(askKafka);
    expect((await readiness.check()).ok).toBe(true);
    silent = true;
    await vi.advanceTimersByTimeAsync(1_000);
    const [first, second] = [readiness.check(), readiness.check()];
    await vi.advanceTimersByTimeAsync(1_500);
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
    const third = readiness.check();
    await vi.advanceTimersByTimeAsync(1_500);
    expect((await third).ok).toBe(false);
    expect(askKafka).toHaveBeenCalledTimes(2);
  });

  it('is not there while what was refused is still unacknowledged, though Kafka answers; the late acknowledgement ends it', async () => {
    const readiness = createWebhookReadiness(async () => {});
    const sends = settleLater<void>();
    readiness.refused(sends.promise);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await readiness.check()).toMatchObject({ ok: false, detail: expect.stringContaining('acknowledge') });
    sends.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(await readiness.check()).toEqual({ ok: true });
  });

  it('comes back when the sends were given up and nothing else is known, so that webhooks come and show it', async () => {
    const readiness = createWebhookReadiness(async () => {});
    const sends = settleLater<void>();
    readiness.refused(sends.promise);
    sends.reject(new Error('deadline'));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await readiness.check()).toMatchObject({ ok: false });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await readiness.check()).toEqual({ ok: true });
  });

  it('comes back at once with the next webhook that Kafka takes', async () => {
    const readiness = createWebhookReadiness(async () => {});
    readiness.refused(Promise.reject(new Error('deadline')));
    await vi.advanceTimersByTimeAsync(10);
    expect((await readiness.check()).ok).toBe(false);
    readiness.acknowledged();
    expect(await readiness.check()).toEqual({ ok: true });
  });
});
