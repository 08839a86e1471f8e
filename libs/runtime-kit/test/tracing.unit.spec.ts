import { createSilentLogger } from '@entrepot/service-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTracer } from '../src/open-tracer.ts';
import { startTraceReceiver } from '../src/testing/index.ts';
import { continueTrace } from '../src/tracing.ts';

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock('../src/otel-tracer.ts', async (importOriginal) => {
  loaded.times += 1;
  return importOriginal();
});

const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const log = createSilentLogger();
let receiver: Awaited<ReturnType<typeof startTraceReceiver>>;
beforeEach(async () => {
  receiver = await startTraceReceiver();
});
afterEach(() => receiver.close());

describe('traces', () => {
  it('are off without an endpoint: the SDK is not loaded, and the parent is handed on as it came', async () => {
    const tracer = await openTracer({ service: 'sink', endpoint: null, headers: null, log });
    expect(await tracer.span('attempt', PARENT, {}, async (own) => own)).toBe(PARENT);
    expect(await tracer.span('sync', null, {}, async (own) => own)).toBeNull();
    await tracer.close();
    expect([loaded.times, receiver.requests]).toEqual([0, []]);
  });

  it('hang together over what records carry, and say what is asked of them alone', async () => {
    const open = (service: string) =>
      openTracer({ service, endpoint: `${receiver.url}/`, headers: 'x-key=a%20b, other=1', log });
    const connector = await open('connector-shop');
    const sink = await open('sink-erp');
    const header = await connector.span('publish', PARENT, { connection: 'shop' }, async (own) => own);
    await expect(
      sink.span('attempt', header, { connection: 'erp', attempt: 1 }, async (own) => {
        await sink.span('call', own, { operation: 'create' }, async () => {});
        throw new TypeError('order of Ada Lovelace cannot be read');
      }),
    ).rejects.toThrow('cannot be read');
    await Promise.all([connector.close(), sink.close()]);
    expect(loaded.times).toBe(1);
    const [publish, attempt, call] = ['publish', 'attempt', 'call'].map((name) =>
      receiver.spans.find((span) => span.name === name),
    );
    expect(publish).toMatchObject({ service: 'connector-shop', traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) });
    expect(attempt).toMatchObject({ service: 'sink-erp', traceId: 'a'.repeat(32), parentSpanId: publish?.spanId });
    expect(attempt?.attributes).toEqual({ connection: 'erp', attempt: '1' });
    expect(attempt?.status).toEqual({ code: 2, message: 'TypeError' });
    expect(call).toMatchObject({ parentSpanId: attempt?.spanId, attributes: { operation: 'create' } });
    const sent = receiver.requests.map(({ url, headers }) => [url, headers['x-key'], headers.other]);
    expect(new Set(sent.map((each) => each.join()))).toEqual(new Set(['/v1/traces,a b,1']));
    expect(receiver.requests.map(({ body }) => body).join()).not.toContain('Lovelace');
  });

  it('name the variable, and quote no secret, when a header is not percent-encoded', async () => {
    const opened = openTracer({ service: 'sink', endpoint: receiver.url, headers: 'other=1,x-key=100%s3cret', log });
    await expect(opened).rejects.toThrow(
      'OTEL_EXPORTER_OTLP_HEADERS: header 2 is not percent-encoded. Write a percent sign in a name or value as %25.',
    );
  });

  it('begin with the record where nothing led to it', async () => {
    const tracer = await openTracer({ service: 'connector-shop', endpoint: receiver.url, headers: null, log });
    const own = await tracer.span('sync', 'no trace', {}, async (trace) => trace);
    await tracer.close();
    const [span] = receiver.spans;
    expect(own).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(span?.parentSpanId).toBeUndefined();
  });

  it('keep no process from stopping while their collector is away', async () => {
    const tracer = await openTracer({ service: 'sink-erp', endpoint: 'http://127.0.0.1:1', headers: null, log });
    await tracer.span('attempt', null, {}, async () => {});
    const began = performance.now();
    await tracer.close();
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it('go on with a valid trace and begin a new one otherwise', () => {
    const trace = 'a'.repeat(32);
    expect(continueTrace(`00-${trace}-${'b'.repeat(16)}-01`)).toContain(trace);
    expect(continueTrace(`00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`)).not.toContain('0'.repeat(32));
    expect(continueTrace('nonsense')).toMatch(/^00-/);
  });
});
