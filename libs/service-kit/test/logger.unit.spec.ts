import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../src/index.ts';
import { createMasker, maskFacts } from '../src/masking/index.ts';

function capture(level: LogLevel = 'debug', format: 'json' | 'text' = 'json') {
  const lines: string[] = [];
  const log = createLogger({ service: 'test', level, format, destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

describe('logger', () => {
  it('writes JSON with time, level, service, message and the bound facts', () => {
    const { log, lines } = capture();
    log.child({ eventId: 'e1', traceparent: '00-a-b-01' }).info({ attempt: 2 }, 'delivered');
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      level: 'info',
      service: 'test',
      message: 'delivered',
      eventId: 'e1',
      traceparent: '00-a-b-01',
      attempt: 2,
    });
    expect(Date.parse(line.time)).not.toBeNaN();
  });

  it('masks secrets at every level and depth, in facts, messages and errors', () => {
    const { log, lines } = capture();
    const err = new Error('login at mongodb://u:hunter2@h failed', { cause: new Error('Bearer abcdefghijkl refused') });
    for (const level of ['debug', 'error'] as const) {
      log[level](
        { err, deep: [{ accessToken: 'hunter2', 'X-Shopify-Access-Token': 'hunter2', b1_session: 'hunter2' }] },
        'shpat_hunter2',
      );
    }
    log.child({ password: 'hunter2' }).warn({}, 'bound');
    expect(lines.join('')).not.toMatch(/hunter2|abcdefghijkl/);
    expect(lines[0]).toContain('[secret]');
  });

  it('shows personal data at debug only', () => {
    const { log, lines } = capture();
    const facts = { customer: { email: 'ada@example.test', firstName: 'Ada', id: '7' } };
    log.debug(facts, 'read');
    log.info(facts, 'read');
    expect(lines[0]).toContain('ada@example.test');
    expect(lines[1]).not.toMatch(/Ada|ada@/);
    expect(JSON.parse(lines[1] ?? '').customer.id).toBe('7');
  });

  it('writes nothing below its level', () => {
    const { log, lines } = capture('warn');
    log.info({}, 'quiet');
    expect(lines).toEqual([]);
  });

  it('writes lines for people', () => {
    const { log, lines } = capture('info', 'text');
    log.error({ connection: 'shop', err: new Error('no') }, 'lane held');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR test: lane held connection=shop\n {2}Error: no/);
  });
});

it('masks the secrets of the process by their values', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const masker = createMasker(['entrepot-admin-0815']);
  createLogger({ service: 'test', level: 'info', destination, masker })
    .child({ bound: 'entrepot-admin-0815' })
    .error({ err: new Error('no entrepot-admin-0815') }, 'got entrepot-admin-0815');
  expect(lines.join('')).not.toContain('0815');
});

describe('maskFacts', () => {
  it('survives cycles, bytes, big integers and depth', () => {
    const cyclic: Record<string, unknown> = { bytes: Buffer.from('abc'), big: 5n };
    cyclic.self = cyclic;
    expect(maskFacts(cyclic, false)).toEqual({ bytes: '[3 bytes]', big: '5', self: '[circular]' });
  });
});
