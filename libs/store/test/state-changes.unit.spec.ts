import { describe, expect, it } from 'vitest';
import {
  addPossible,
  beginWrite,
  describeCreated,
  describeFound,
  forgetWrite,
  judgeReading,
  noteDecided,
  noteShown,
  noteWritten,
  type TargetStateContent,
  type TargetStateDocument,
} from '../src/index.ts';

const store = (content: TargetStateContent): TargetStateDocument => ({
  _id: 'erp|customer|C1',
  version: 1,
  at: new Date(0),
  ...content,
});
const FOUND = { hash: 'n0/p0', fields: { name: 'n0', phone: 'p0' } };

describe('a write that is about to be sent', () => {
  const write = { source: 'shop', groups: ['name'], expected: { name: 'n1', phone: 'p0' } };

  it('explains the value that it found and the one that it sends, of the groups that it writes', () => {
    const { writing, fields } = beginWrite(null, FOUND, write);
    expect(writing).toEqual({
      source: 'shop',
      groups: ['name'],
      possible: { name: ['n0', 'n1'] },
      sent: { name: ['n1'] },
    });
    expect(fields).toEqual(FOUND.fields);
  });

  it('explains what earlier ones without a known end found and sent as well', () => {
    const begun = store(beginWrite(null, FOUND, write));
    const again = beginWrite(begun, FOUND, {
      ...write,
      groups: ['name', 'phone'],
      expected: { name: 'n2', phone: 'p2' },
    });
    expect(again.writing).toEqual({
      source: 'shop',
      groups: ['name', 'phone'],
      possible: { name: ['n0', 'n1', 'n2'], phone: ['p0', 'p2'] },
      sent: { name: ['n1', 'n2'], phone: ['p2'] },
    });
  });

  it('explains nothing of a group that a release which foresaw nothing has written, and whose write has no known end', () => {
    const begun = store({ ...beginWrite(null, FOUND, write), writing: { source: 'shop', groups: ['name'] } });
    const again = beginWrite(begun, FOUND, { ...write, groups: ['name', 'phone'] });
    expect(again.writing).toEqual({
      source: 'shop',
      groups: ['name', 'phone'],
      possible: { phone: ['p0'] },
      sent: { phone: ['p0'] },
    });
  });

  it('is gone once its end is known', () => {
    const begun = store(beginWrite(null, FOUND, write));
    expect(forgetWrite(begun, null).writing).toBeNull();
    const seen = { hash: 'n1/p0', fields: { name: 'n1', phone: 'p0' } };
    const written = noteWritten(begun, { source: 'shop', recordId: '42', seen, notOfSource: [] });
    expect(written).toMatchObject({ ...seen, writing: null, writtenFor: 'shop' });
  });

  it('leaves the one before it, whose end is unknown, where it had no effect itself', () => {
    const earlier = store(beginWrite(null, FOUND, write));
    const next = { source: 'shop', groups: ['name', 'phone'], expected: { name: 'n2', phone: 'p2' } };
    const begun = store(beginWrite(earlier, { hash: 'n1/p0', fields: { name: 'n1', phone: 'p0' } }, next));
    expect(forgetWrite(begun, earlier.writing).writing).toEqual({
      source: 'shop',
      groups: ['name'],
      possible: { name: ['n0', 'n1'] },
      sent: { name: ['n1'] },
    });
  });
});

describe('a write whose end nobody says', () => {
  const MINUTE = 60_000_000;
  const write = { source: 'shop', groups: ['name'], expected: { name: 'n1', phone: 'p0' } };
  const known = { ...describeFound(null, FOUND), record: 'erp|customer|C1', shownSince: 3 };
  const begun = store(beginWrite(store(known), FOUND, write));
  const judge = (before: TargetStateDocument, name: string, phone: string, nowMicros = MINUTE) =>
    judgeReading(
      before,
      { hash: `${name}/${phone}`, fields: { name, phone } },
      {
        record: 'erp|customer|C1',
        beganAtMicros: nowMicros,
        nowMicros,
        clockDifferenceMicros: 0,
        writeEndsWithinMicros: MINUTE,
      },
    );

  it('is awaited for a while', () => {
    expect(judge(begun, 'n1', 'p0', MINUTE - 1)).toEqual({ result: 'read-again', fromMicros: MINUTE - 1 });
  });

  it('is known by what it sent: that is nobody else’s change, or an old value would come back as a new one', () => {
    expect(judge(begun, 'n1', 'p0')).toEqual({ result: 'known', origin: 'shop', after: null });
  });

  it('of several, any of what they sent', () => {
    const again = store(beginWrite(begun, FOUND, { ...write, expected: { name: 'n2', phone: 'p0' } }));
    for (const name of ['n1', 'n2']) expect(judge(again, name, 'p0')).toMatchObject({ origin: 'shop' });
  });

  it.each([
    ['what was found before it', 'n0', 'p0'],
    ['another value of its group', 'n9', 'p0'],
    ['another value of another group', 'n1', 'p9'],
  ])('does not explain %s', (_what, name, phone) => {
    expect(judge(begun, name, phone)).toEqual({ result: 'known', origin: null, after: null });
  });

  it('does not explain a change of another group that no version has shown', () => {
    const unshown = store(beginWrite(store({ ...known, shownSince: null }), FOUND, write));
    expect(judge(unshown, 'n1', 'p0')).toMatchObject({ origin: null });
  });

  it('of a document that was created, is known by what it was created as', () => {
    const created = { source: 'shop', recordId: '42', groups: ['name', 'phone'] };
    const before = store(describeCreated({ ...created, possible: { name: ['n0', 'n1'], phone: ['p0'] } }));
    expect(judge(before, 'n1', 'p0')).toEqual({ result: 'known', origin: 'shop', after: null });
    expect(judge(before, 'n9', 'p0')).toEqual({ result: 'known', origin: null, after: null });
  });

  it('explains nothing where a release noted it that did not say what it sent', () => {
    const { sent: _, ...former } = begun.writing ?? { source: '', groups: [] };
    expect(judge({ ...begun, writing: former }, 'n1', 'p0')).toMatchObject({ origin: null });
  });
});

describe('a document that was created', () => {
  const created = { source: 'shop', recordId: '42', groups: ['name', 'phone'] };

  it('has in common with its record what it was created as, where that is certain', () => {
    const content = describeCreated({ ...created, possible: { name: ['n0', 'n1'], phone: ['p0'] } });
    expect(content.inStep).toEqual([{ connection: 'shop', recordId: '42', fields: { phone: 'p0' } }]);
    expect(content.writing).toEqual({
      source: 'shop',
      groups: ['name', 'phone'],
      possible: { name: ['n0', 'n1'], phone: ['p0'] },
      sent: { name: ['n0', 'n1'], phone: ['p0'] },
    });
  });

  it('keeps that in common where somebody changed it before it was read back', () => {
    const before = store(describeCreated({ ...created, possible: { name: ['n0'], phone: ['p0'] } }));
    const seen = { hash: 'n2/p0', fields: { name: 'n2', phone: 'p0' } };
    const written = noteWritten(before, { source: 'shop', recordId: '42', seen, notOfSource: ['name'] });
    expect(written.inStep).toEqual([{ connection: 'shop', recordId: '42', fields: { name: 'n0', phone: 'p0' } }]);
    // News: the connector publishes it, so that the shop gets it.
    expect(written.writtenFor).toBeNull();
  });
});

describe('a decision about changes on both sides', () => {
  const ofShop = { source: 'shop', version: 7, lost: ['name'], overwritten: [] };

  it('replaces the one before of its source, and no other', () => {
    const other = { source: 'pos', version: 3, lost: [], overwritten: ['phone'] };
    const first = noteDecided(noteDecided(describeFound(null, FOUND), other), ofShop);
    expect(first.decided).toEqual([other, ofShop]);
    const later = { ...ofShop, version: 9, lost: [] };
    expect(noteDecided(first, later).decided).toEqual([other, later]);
  });

  it('outlives the write that it was made for', () => {
    const begun = beginWrite(null, FOUND, { source: 'shop', groups: ['name'], expected: { name: 'n1' } });
    const decided = store(noteDecided(begun, ofShop));
    const seen = { hash: 'n1/p0', fields: { name: 'n1', phone: 'p0' } };
    const written = noteWritten(decided, { source: 'shop', recordId: '42', seen, notOfSource: [] });
    expect(written.decided).toEqual([ofShop]);
  });
});

it('hashes of groups add up, each once', () => {
  expect(addPossible(null, { name: 'a' }, { name: 'a', phone: 'x' })).toEqual({ name: ['a'], phone: ['x'] });
  expect(addPossible({ name: ['a'] }, { name: 'b' })).toEqual({ name: ['a', 'b'] });
});

describe('a state that is published', () => {
  const reading = {
    record: 'erp|customer|C1',
    beganAtMicros: 9_000_000,
    nowMicros: 9_000_001,
    clockDifferenceMicros: 0,
    writeEndsWithinMicros: 60_000_000,
  };

  it('is shown since no version until one is certain, and since that one then', () => {
    const judged = judgeReading(null, FOUND, reading);
    if (judged.result !== 'known' || judged.after === null) throw new Error('it is not stored');
    expect(judged.after).toMatchObject({ record: reading.record, shownSince: null });
    const shown = noteShown(store(judged.after), FOUND, { record: reading.record, version: 7 });
    expect(shown).toEqual({ ...judged.after, shownSince: 7 });
    if (shown === null) throw new Error('it is not noted');
    expect(noteShown(store(shown), FOUND, { record: reading.record, version: 9 })).toBeNull();
  });

  it('is not the one that is stored when that was moved, or is being written', () => {
    const judged = judgeReading(null, FOUND, reading);
    if (judged.result !== 'known' || judged.after === null) throw new Error('it is not stored');
    const version = { record: reading.record, version: 7 };
    expect(noteShown(null, FOUND, version)).toBeNull();
    expect(noteShown(store({ ...judged.after, hash: 'n9/p0' }), FOUND, version)).toBeNull();
    const begun = beginWrite(store(judged.after), FOUND, {
      source: 'shop',
      groups: ['name'],
      expected: { name: 'n1' },
    });
    expect(noteShown(store(begun), FOUND, version)).toBeNull();
  });
});
