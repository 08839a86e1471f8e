import { createMasker } from '@entrepot/service-kit/masking';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type FileExchange,
  type FilePage,
  identifyRow,
  openExchange,
  type TakeOptions,
  takeFiles,
} from '../../src/files/index.ts';
import { FileFailure } from '../../src/files/transport.ts';
import { csvDialectSchema, readCsv } from '../../src/formats/index.ts';
import { freeCall } from '../../src/testing/index.ts';
import { createMemoryPlace, type MemoryPlace } from './memory-place.ts';

const SETTLE_MS = 1_000;
let atMs: number;
let place: MemoryPlace;
let files: FileExchange;

function setUp(): void {
  atMs = 1_000_000;
  place = createMemoryPlace(() => atMs);
  files = openExchange(place.transport, {
    name: 'Model',
    timeoutMs: 1_000,
    maxFileBytes: 1_000,
    masker: createMasker([]),
  });
}
beforeEach(setUp);

const optionsOf = (given: Partial<TakeOptions> = {}): TakeOptions => ({
  folders: { incoming: 'out', done: 'done', failed: 'failed' },
  accepts: (name) => name.endsWith('.csv'),
  settleMs: SETTLE_MS,
  endMark: null,
  read: (bytes) => readCsv(bytes, csvDialectSchema.parse({}), ['Item']),
  pageRows: 100,
  now: () => atMs,
  ...given,
});
const leave = (name: string, text: string): void =>
  void place.files.set(`out/${name}`, { bytes: Buffer.from(text), modifiedAtMs: atMs });

async function look(cursor: string | null, given: Partial<TakeOptions> = {}): Promise<FilePage[]> {
  const pages: FilePage[] = [];
  for await (const page of takeFiles(files, optionsOf(given), { cursor, call: freeCall() })) pages.push(page);
  return pages;
}
const last = (pages: readonly FilePage[]): string => pages.at(-1)?.cursor ?? '';
const items = (pages: readonly FilePage[]) =>
  pages.flatMap(({ rows }) => rows.map((row) => (row.ok ? row.row['Item'] : row.reason)));

describe('a file that a site left', () => {
  it('is taken once it has stood still, and moved once its rows are published', async () => {
    leave('a.csv', 'Item\nA\nB\n');
    const first = await look(null);
    expect(items(first)).toEqual([]);
    atMs += SETTLE_MS - 1;
    expect(items(await look(last(first)))).toEqual([]);
    atMs += 1;
    const second = await look(last(first));
    expect(items(second)).toEqual(['A', 'B']);
    expect(place.names('out')).toEqual(['a.csv']);
    expect(items(await look(last(second)))).toEqual([]);
    expect(place.names('out')).toEqual([]);
    // sha256 of the text, by sha256sum.
    expect(place.names('done')).toEqual(['a.4f968442f7ff.csv']);
  });

  it('is not taken while it grows', async () => {
    let cursor: string | null = null;
    for (const text of ['Item\nA', 'Item\nA\nB', 'Item\nA\nB\nC\n']) {
      leave('a.csv', text);
      const pages = await look(cursor);
      expect(items(pages)).toEqual([]);
      cursor = last(pages);
      atMs += SETTLE_MS;
    }
    expect(items(await look(cursor))).toEqual(['A', 'B', 'C']);
  });

  it('is not taken when it is shorter or longer than it was listed', async () => {
    leave('a.csv', 'Item\nA\n');
    const { transport } = place;
    const list = transport.list;
    transport.list = async (folder) => {
      const entries = await list(folder);
      leave('a.csv', 'Item\nA\nB');
      return entries;
    };
    expect(items(await look(null, { settleMs: 0 }))).toEqual([]);
  });

  it('is not taken without its end mark, and with it at once', async () => {
    leave('a.csv', 'Item\nA\n');
    const first = await look(null, { endMark: 'END' });
    expect(items(first)).toEqual([]);
    leave('a.csv', 'Item\nA\nEND\r\n');
    expect(items(await look(last(first), { endMark: 'END' }))).toEqual(['A', 'END']);
  });

  it('that is replaced after it was taken is not moved unread', async () => {
    leave('a.csv', 'Item\nA\n');
    const first = await look(null, { settleMs: 0 });
    atMs += 5;
    leave('a.csv', 'Item\nB\n');
    const second = await look(last(first), { settleMs: 0 });
    expect(items(second)).toEqual(['B']);
    await look(last(second), { settleMs: 0 });
    expect([place.names('out'), place.names('done').length]).toEqual([[], 1]);
  });

  it('of the wrong kind goes to the failed folder, says why, and holds up no other', async () => {
    leave('a.csv', 'Name\nA\n');
    atMs += 5;
    leave('b.csv', 'Item\nB\n');
    const pages = await look(null, { settleMs: 0 });
    expect(pages[0]).toMatchObject({ file: { name: 'a.csv' }, rows: [], problem: 'The file has no column Item' });
    expect(items(pages)).toEqual(['B']);
    await look(last(pages), { settleMs: 0 });
    expect(place.names('failed')).toEqual([expect.stringMatching(/^a\.[0-9a-f]{12}\.csv$/)]);
    expect(place.names('done')).toEqual([expect.stringMatching(/^b\.[0-9a-f]{12}\.csv$/)]);
  });

  it('that is too large goes there too, and one that is gone is no failure', async () => {
    leave('a.csv', `Item\n${'x'.repeat(1_000)}\n`);
    leave('b.csv', 'Item\nB\n');
    leave('c.csv', 'Item\nC\n');
    const { transport } = place;
    const list = transport.list;
    transport.list = async (folder) => {
      const entries = await list(folder);
      place.files.delete('out/b.csv');
      return entries;
    };
    const pages = await look(null, { settleMs: 0 });
    expect(pages[0]).toMatchObject({ file: { name: 'a.csv' }, rows: [], problem: expect.stringContaining('larger') });
    expect(items(pages)).toEqual(['C']);
    await look(last(pages), { settleMs: 0 });
    expect([place.names('out'), place.names('failed').length, place.names('done').length]).toEqual([[], 1, 1]);
  });

  it('is given out page by page, and gone on with where a stored cursor ends', async () => {
    leave('a.csv', 'Item\nA\nB\nC\nD\nE\n');
    const pages = await look(null, { settleMs: 0, pageRows: 2 });
    expect(pages.map(({ rows }) => rows.length)).toEqual([2, 2, 1, 0]);
    expect(items(await look(pages[0]?.cursor ?? '', { settleMs: 0, pageRows: 2 }))).toEqual(['C', 'D', 'E']);
  });

  it('is given out from its beginning where another one was given out in part', async () => {
    leave('a.csv', 'Item\nA\nB\nC\n');
    const [page] = await look(null, { settleMs: 0, pageRows: 2 });
    leave('a.csv', 'Item\nX\nY\nZ\n');
    expect(items(await look(page?.cursor ?? '', { settleMs: 0, pageRows: 2 }))).toEqual(['X', 'Y', 'Z']);
  });

  it('of another kind is left alone', async () => {
    leave('readme.txt', 'Item\nA\n');
    expect(items(await look(null, { settleMs: 0 }))).toEqual([]);
    expect(place.names('out')).toEqual(['readme.txt']);
  });
});

/** What subscribers get: a record by its id, and another event only for another content. */
function publish(events: string[], published: Map<string, string>, page: FilePage): void {
  for (const row of page.rows) {
    if (!row.ok || page.file === null) continue;
    const id = identifyRow(page.file, String(row.line));
    const content = JSON.stringify(row.row);
    if (published.get(id) === content) continue;
    published.set(id, content);
    events.push(row.row['Item'] ?? '');
  }
}

type Step = 'look' | 'leave' | 'again' | 'grow' | 'crash-published' | 'crash-moving';

it('each row of each file is one event, whatever dies, grows or comes again meanwhile', async () => {
  const steps = fc.array(
    fc.constantFrom<Step>('look', 'look', 'leave', 'again', 'grow', 'crash-published', 'crash-moving'),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      setUp();
      let stored: string | null = null;
      let number = 0;
      let growing: string | null = null;
      const texts: string[] = [];
      const events: string[] = [];
      const published = new Map<string, string>();
      /** A poll of the runtime: publishes a page, then stores its cursor; `until` is where the process dies. */
      const poll = async (until: 'end' | 'published'): Promise<void> => {
        for await (const page of takeFiles(files, optionsOf({ pageRows: 2 }), { cursor: stored, call: freeCall() })) {
          publish(events, published, page);
          if (until === 'published') return;
          stored = page.cursor;
        }
      };
      const finish = (): void => {
        if (growing === null) return;
        leave(growing, `Item\n${number}a\n${number}b\n${number}c\n`);
        texts.push(`Item\n${number}a\n${number}b\n${number}c\n`);
        growing = null;
      };
      for (const step of plan) {
        atMs += SETTLE_MS / 2;
        if (step === 'look') await poll('end');
        else if (step === 'crash-published') await poll('published');
        else if (step === 'crash-moving') {
          place.after = () => {
            throw new FileFailure('lost', 'the process died');
          };
          await poll('end').catch(() => {});
          place.after = () => {};
        } else if (step === 'again') {
          const text = texts[number % Math.max(texts.length, 1)];
          if (text !== undefined) leave(`again-${number}.csv`, text);
        } else if (step === 'leave') {
          finish();
          number += 1;
          texts.push(`Item\n${number}a\n${number}b\n`);
          leave(`f${number % 3}-${number}.csv`, texts.at(-1) ?? '');
        } else if (growing !== null) finish();
        else {
          number += 1;
          growing = `g${number}.csv`;
          // Not long enough to be taken for whole: it is finished at the next step that touches it.
          leave(growing, `Item\n${number}a\n${number}`);
        }
        if (growing !== null && step !== 'grow') finish();
      }
      finish();
      for (let looks = 0; looks < 6; looks += 1) {
        atMs += SETTLE_MS;
        await poll('end');
      }
      const wanted = texts.flatMap((text) => text.trim().split('\n').slice(1));
      expect([...events].sort()).toEqual([...wanted].sort());
      expect(place.names('out')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
