import { readFileSync } from 'node:fs';
import { ATTEMPT_TOPIC, formatReport, type Report } from '@entrepot/canonical';
import { createSilentLogger } from '@entrepot/service-kit';
import { describe, expect, it } from 'vitest';
import { NewerReport, NewerReports } from '../src/ingest/newer-reports.ts';
import { parseReport } from '../src/ingest/read-record.ts';
import { createRefusal } from '../src/ingest/refusal.ts';
import { attemptReport, rejected, routedReport } from './reports.ts';

const bytes = (json: unknown) => Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
/** A sound report with one member that is not. */
const withMember = (member: string) => JSON.stringify(attemptReport()).replace(/^\{/, `{${member},`);

const RECORD = { topic: ATTEMPT_TOPIC, partition: 1, offset: 7n, key: null, value: null, headers: {}, timestampMs: 1 };

describe('a report', () => {
  it.each([
    ['an attempt', attemptReport()],
    ['a refused attempt', attemptReport({ outcome: 'failed', error: rejected('no') })],
    ['a routing', routedReport()],
  ])('that is sound is read: %s', (_what, report) => {
    expect(parseReport(bytes(report))).toEqual({ problem: null, report });
  });

  it.each([
    ['empty', null, 'empty record'],
    ['not JSON', bytes('{'), 'not JSON'],
    ['nested ten thousand levels deep', bytes(withMember(`"x":${nested(10_000)}`)), 'nests deeper than 32'],
    ['with a __proto__', bytes(withMember('"__proto__":{"kind":"lane"}')), '"__proto__"'],
    ['with a constructor', bytes(withMember('"x":{"constructor":{}}')), '"constructor"'],
    ['with a type of the database', bytes(withMember('"x":{"_bsontype":"ObjectId"}')), '"_bsontype"'],
    ['with an operator of the database', bytes(withMember('"x":{"$where":"1"}')), '"$where"'],
    [
      'with an offset that is none',
      bytes(routedReport({ decisions: [hostileDecision()] })),
      'decisions[0].lane.offset',
    ],
    ['with a time that is none', bytes(attemptReport({ startedAtMicros: -1 })), 'startedAtMicros'],
    ['with an id of a megabyte', bytes(attemptReport({ deliveryId: 'x'.repeat(1_000_000) })), 'deliveryId'],
    ['of another kind', bytes({ kind: 'news' }), 'kind'],
    ['with a version that is none', bytes(withMember('"reportVersion":"2"')), 'reportVersion'],
  ])('is refused when it is %s, saying why', (_what, value, words) => {
    expect(parseReport(value).problem).toContain(words);
  });
});

describe('a report of another release', () => {
  const recorded = JSON.parse(readFileSync(new URL('./fixtures/reports-0.1.0.json', import.meta.url), 'utf8')) as {
    readonly what: string;
    readonly report: Report;
  }[];

  it('0.1.0: each kind and each outcome is recorded', () => {
    expect(new Set(recorded.map(({ report }) => report.kind)).size).toBe(6);
    expect(recorded.length).toBeGreaterThan(18);
  });

  it.each(recorded)('0.1.0 is read as it was written: $what', ({ report }) => {
    const { problem, report: read } = parseReport(bytes(report));
    expect(problem).toBeNull();
    expect(read).toEqual(report.kind === 'attempt' ? { ...report, routing: null } : report);
  });

  it('this one says its version, and reads what it wrote', () => {
    const report = attemptReport({ routing: { sinkVendor: 'sap-b1', publishedAtMicros: 5, flowRevision: 3 } });
    expect(JSON.parse(formatReport(report).toString())).toMatchObject({ reportVersion: 3 });
    expect(parseReport(formatReport(report)).report).toMatchObject(report);
  });

  it('a later one is not half read: it waits for its ledger', () => {
    expect(parseReport(bytes({ reportVersion: 4, kind: 'routed', told: 'otherwise' }))).toMatchObject({ newer: 4 });
  });

  it('a later one is tried again, however often, and told to people while it waits', async () => {
    const { refuse, givenUp } = setUp();
    let nowMs = 0;
    const waiting = new NewerReports(() => new Date(nowMs));
    expect(waiting.list()).toEqual([]);
    for (let time = 0; time < 10; time += 1) {
      const newer = new NewerReport(3);
      waiting.note(RECORD, newer);
      expect(await refuse(RECORD, newer)).toBe('retry');
    }
    expect(givenUp).toEqual([]);
    expect(waiting.list()).toEqual([
      {
        subject: 'entrepot.internal.attempt.v1/1',
        message: expect.stringContaining('a report of version 3 is of a later release than this ledger'),
        advice: expect.stringContaining('Upgrade the ledger'),
      },
    ]);
    nowMs = 61_000;
    expect(waiting.list()).toEqual([]);
  });
});

describe('a record that cannot be taken in', () => {
  it('for the database is tried again, however often', async () => {
    const { refuse, givenUp } = setUp();
    const away = Object.assign(new Error('not primary'), { name: 'MongoServerError' });
    for (let time = 0; time < 50; time += 1) expect(await refuse(RECORD, away)).toBe('retry');
    expect(givenUp).toEqual([]);
  });

  it('for a defect is given up after a few tries, so that those behind it go on', async () => {
    const { refuse, givenUp } = setUp();
    const answers = [];
    for (let time = 0; time < 3; time += 1) answers.push(await refuse(RECORD, new RangeError('too deep')));
    expect(answers).toEqual(['retry', 'retry', undefined]);
    expect(givenUp).toEqual([7n]);
  });

  it('for what looks like a defect is never given up while the database does not answer, nor counted', async () => {
    const { refuse, givenUp, database } = setUp();
    const thrownByDriver = new TypeError("Cannot read properties of null (reading 'serviceId')");
    for (let time = 0; time < 2; time += 1) expect(await refuse(RECORD, thrownByDriver)).toBe('retry');
    database.answers = false;
    for (let time = 0; time < 50; time += 1) expect(await refuse(RECORD, thrownByDriver)).toBe('retry');
    database.answers = true;
    for (let time = 0; time < 2; time += 1) expect(await refuse(RECORD, thrownByDriver)).toBe('retry');
    expect(givenUp).toEqual([]);
  });

  it('counts nothing of an earlier reading of the record, which was taken in', async () => {
    const { refuse, givenUp } = setUp();
    for (let reading = 0; reading < 5; reading += 1) {
      for (let time = 0; time < 2; time += 1) expect(await refuse({ ...RECORD }, new RangeError('once'))).toBe('retry');
    }
    expect(givenUp).toEqual([]);
  });
});

function setUp() {
  const givenUp: bigint[] = [];
  const database = { answers: true };
  const refuse = createRefusal({
    deadLetters: { giveUp: async ({ offset }) => void givenUp.push(offset) },
    ping: async () => {
      if (!database.answers) throw new Error('no answer');
    },
    log: createSilentLogger(),
  });
  return { refuse, givenUp, database };
}

function hostileDecision() {
  const lane = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: 'abc' };
  return { deliveryId: 'd', flow: 'f', flowRevision: 1, to: 'erp', result: 'matched' as const, lane };
}
