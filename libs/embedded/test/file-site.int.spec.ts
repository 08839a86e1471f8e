import { createFileSite, type FileSite, LOG_END, nameLog } from '@entrepot/sandbox-faults';
import { createMasker } from '@entrepot/service-kit/masking';
import {
  createFileJobs,
  createTransport,
  type FileExchange,
  type FileJobs,
  type FilePage,
  openExchange,
  takeFiles,
} from '@entrepot/vendor-kit/files';
import { csvDialectSchema, readCsv, writeCsv } from '@entrepot/vendor-kit/formats';
import { freeCall } from '@entrepot/vendor-kit/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOpenSsh } from '../src/testing/openssh.ts';

const server = await startOpenSsh();
const dialect = csvDialectSchema.parse({ encoding: 'windows-1252', delimiter: ';' });
const COLUMNS = ['Order', 'Item', 'Name'];

describe.skipIf(server === null)("a site that exchanges files over OpenSSH's server", () => {
  if (server === null) return;
  let site: FileSite;
  let files: FileExchange;
  let jobs: FileJobs;
  let atMs = 0;

  beforeEach(() => {
    site = createFileSite({
      root: server.folder,
      handOver: server.handOver,
      importFile: (_, bytes) => {
        const rows = readCsv(bytes, dialect);
        const log = rows.map((each) =>
          each.ok && each.row['Item'] !== 'X'
            ? `${each.row['Order']}|ok|`
            : `${each.ok ? each.row['Order'] : '?'}|no|unknown item`,
        );
        return { failed: log.every((line) => line.includes('|no|')), log };
      },
    });
    files = openExchange(
      createTransport(
        {
          by: 'sftp',
          host: server.host,
          port: server.port,
          user: server.user,
          hostKey: server.hostKey,
          root: server.folder,
        },
        { privateKey: server.privateKey },
        ['loopback'],
      ),
      { name: 'Model', timeoutMs: 10_000, maxFileBytes: 1e6, masker: createMasker([]) },
    );
    jobs = createFileJobs(files, {
      name: 'Model',
      folders: { incoming: 'in', working: 'work', done: 'done', failed: 'failed' },
      isOfJob: (name) => name.startsWith('SO_'),
      log: {
        folder: null,
        nameOf: nameLog,
        read: (log) => {
          const lines = log.toString('latin1').split('\r\n');
          const end = lines.indexOf(LOG_END);
          if (end < 0) return null;
          return lines.slice(0, end).map((line) => {
            const [key = '', state, message = ''] = line.split('|');
            return { key, ok: state === 'ok', message };
          });
        },
      },
      retryAfterMs: 5_000,
    });
  });
  afterEach(async () => {
    await files.close();
    site.reset();
  });
  afterAll(() => server.stop());

  const orders = (...rows: string[][]): Buffer => {
    const { bytes } = writeCsv(
      COLUMNS,
      rows.map((row) => Object.fromEntries(COLUMNS.map((column, index) => [column, row[index] ?? '']))),
      dialect,
    );
    if (bytes === null) throw new Error('no row fits');
    return bytes;
  };

  it('takes one job after the other, each once, and its log tells of each row', async () => {
    const call = freeCall();
    const first = orders(['1001', 'A', 'Müller'], ['1002', 'X', 'Weiß']);
    expect(await jobs.submit('SO_1.csv', first, call)).toEqual({ status: 'waiting' });
    await expect(jobs.submit('SO_2.csv', orders(['1003', 'B', '']), call)).rejects.toMatchObject({ code: 'job-busy' });
    site.begin();
    expect(await jobs.submit('SO_1.csv', first, call)).toEqual({ status: 'waiting' });
    await expect(jobs.submit('SO_2.csv', orders(['1003', 'B', '']), call)).rejects.toMatchObject({ code: 'job-busy' });
    site.finish();
    const done = {
      status: 'done',
      rows: [
        { key: '1001', ok: true, message: '' },
        { key: '1002', ok: false, message: 'unknown item' },
      ],
    };
    expect(await jobs.submit('SO_1.csv', first, call)).toEqual(done);
    expect(await jobs.submit('SO_2.csv', orders(['1003', 'X', '']), call)).toEqual({ status: 'waiting' });
    site.begin();
    site.finish();
    expect(await jobs.look('SO_2.csv', call)).toMatchObject({ status: 'failed' });
    expect(site.imported.map(({ name }) => name)).toEqual(['SO_1.csv', 'SO_2.csv']);
    // In the site's code page: ü is one byte there.
    expect(site.imported[0]?.bytes).toEqual(
      Buffer.from('Order;Item;Name\r\n1001;A;M\xfcller\r\n1002;X;Wei\xdf\r\n', 'latin1'),
    );
  });

  it('says nothing of rows while its log is missing or cut off', async () => {
    for (const fault of ['losesLog', 'cutsLog'] as const) {
      site.faults[fault] = true;
      const name = `SO_${fault}.csv`;
      await jobs.submit(name, orders(['1', 'A', '']), freeCall());
      site.begin();
      site.finish();
      expect(await jobs.look(name, freeCall()), fault).toEqual({ status: 'done', rows: null });
    }
  });

  it('leaves exports, one of them short at first, which are taken whole and put away', async () => {
    const look = async (cursor: string | null): Promise<FilePage[]> => {
      const pages: FilePage[] = [];
      const options = {
        folders: { incoming: 'out', done: 'done', failed: 'failed' },
        accepts: (name: string) => name.endsWith('.csv'),
        settleMs: 2_000,
        endMark: null,
        read: (bytes: Buffer) => readCsv(bytes, dialect),
        pageRows: 100,
        now: () => atMs,
      };
      for await (const page of takeFiles(files, options, { cursor, call: freeCall() })) pages.push(page);
      return pages;
    };
    const read = (pages: readonly FilePage[]) =>
      pages.flatMap(({ rows }) => rows.map((row) => (row.ok ? row.row['Name'] : row.reason)));
    const complete = site.leave('ITEMS.csv', Buffer.from('Item;Name\nA;M\xfcller\nB;12" pipe\nC;last\n', 'latin1'), {
      bytes: 14,
    });
    let pages = await look(null);
    expect(read(pages)).toEqual([]);
    complete();
    atMs += 2_000;
    pages = await look(pages.at(-1)?.cursor ?? '');
    expect(read(pages)).toEqual([]);
    atMs += 2_000;
    pages = await look(pages.at(-1)?.cursor ?? '');
    expect(read(pages)).toEqual(['Müller', expect.stringContaining('quotation mark'), 'last']);
    pages = await look(pages.at(-1)?.cursor ?? '');
    expect((await files.list('out', freeCall())).map(({ name }) => name)).toEqual([]);
    expect((await files.list('done', freeCall())).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^ITEMS\.[0-9a-f]{12}\.csv$/),
    ]);
  });
});
