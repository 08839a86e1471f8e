import { createMasker } from '@entrepot/service-kit/masking';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileJobs, type FileJobs, type JobOptions, openExchange } from '../../src/files/index.ts';
import { FileFailure } from '../../src/files/transport.ts';
import { VendorError } from '../../src/index.ts';
import { freeCall } from '../../src/testing/index.ts';
import { createMemoryPlace, type MemoryPlace } from './memory-place.ts';

let place: MemoryPlace;
let jobs: FileJobs;

const LOG: JobOptions['log'] = {
  folder: null,
  nameOf: (file) => file.replace(/csv$/, 'log'),
  read: (log) => {
    const lines = log.toString().trim().split('\n');
    if (lines.at(-1) !== 'END') return null;
    return lines.slice(0, -1).map((line) => {
      const [key = '', state, message = ''] = line.split('|');
      return { key, ok: state === 'ok', message };
    });
  },
};

function setUp(): void {
  place = createMemoryPlace(() => 0);
  const files = openExchange(place.transport, {
    name: 'Model',
    timeoutMs: 1_000,
    maxFileBytes: 1e6,
    masker: createMasker([]),
  });
  jobs = createFileJobs(files, {
    name: 'Model',
    folders: { incoming: 'in', working: 'work', done: 'done', failed: 'failed' },
    isOfJob: (name) => name.startsWith('SO_'),
    log: LOG,
    retryAfterMs: 5_000,
  });
}
beforeEach(setUp);

const submit = (name: string, text = 'x') => jobs.submit(name, Buffer.from(text), freeCall());
const put = (path: string, text = 'x') => void place.files.set(path, { bytes: Buffer.from(text), modifiedAtMs: 0 });
/** What the site does with a file. */
const move = (from: string, to: string): void => {
  put(to, place.files.get(from)?.bytes.toString());
  place.files.delete(from);
};

describe('one file of a job at a time', () => {
  it.each(['in', 'work'])('while one is in the folder %s the next waits, and nothing is written', async (folder) => {
    put(`${folder}/SO_1.csv`);
    await expect(submit('SO_2.csv')).rejects.toMatchObject({
      kind: 'throttled',
      code: 'job-busy',
      retryAfterMs: 5_000,
      answerUnknown: false,
    });
    expect(place.names('in')).toEqual(folder === 'in' ? ['SO_1.csv'] : []);
  });

  it('files of other jobs hold up none', async () => {
    put('in/AR_1.csv');
    expect(await submit('SO_1.csv')).toEqual({ status: 'waiting' });
  });

  it('two at once are one and one refused', async () => {
    const results = await Promise.allSettled([submit('SO_1.csv'), submit('SO_2.csv')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(place.names('in')).toEqual(['SO_1.csv']);
  });
});

describe('the same job is never two files', () => {
  it.each(['in', 'work', 'done', 'failed'])('a repeat while it is in the folder %s writes nothing', async (folder) => {
    put(`${folder}/SO_1.csv`, 'first');
    await submit('SO_1.csv', 'second');
    expect([...place.files].map(([path, { bytes }]) => [path, bytes.toString()])).toEqual([
      [`${folder}/SO_1.csv`, 'first'],
    ]);
  });

  it('a file that moves on between two looks is found', async () => {
    put('in/SO_1.csv');
    const { transport } = place;
    const list = transport.list;
    const steps = [
      ['in', 'work'],
      ['work', 'done'],
    ];
    transport.list = (folder) => {
      const [from, to] = steps.shift() ?? [];
      if (from !== undefined) move(`${from}/SO_1.csv`, `${to}/SO_1.csv`);
      return list(folder);
    };
    expect(await submit('SO_1.csv')).toMatchObject({ status: 'done' });
  });

  it('a rename without answer leaves a doubt that a look settles', async () => {
    place.after = (verb) => {
      if (verb === 'rename') throw new FileFailure('lost', 'cut');
    };
    await expect(submit('SO_1.csv')).rejects.toMatchObject({ answerUnknown: true });
    expect(await jobs.look('SO_1.csv', freeCall())).toEqual({ status: 'waiting' });
  });
});

describe('what became of a job', () => {
  it('is read from where its file is, and from its log row by row', async () => {
    expect(await jobs.look('SO_1.csv', freeCall())).toEqual({ status: 'absent' });
    put('done/SO_1.csv');
    expect(await jobs.look('SO_1.csv', freeCall())).toEqual({ status: 'done', rows: null });
    put('done/SO_1.log', 'A-1|ok\nA-2|no|unknown it');
    expect(await jobs.look('SO_1.csv', freeCall())).toEqual({ status: 'done', rows: null });
    put('done/SO_1.log', 'A-1|ok\nA-2|no|unknown item\nEND\n');
    expect(await jobs.look('SO_1.csv', freeCall())).toEqual({
      status: 'done',
      rows: [
        { key: 'A-1', ok: true, message: '' },
        { key: 'A-2', ok: false, message: 'unknown item' },
      ],
    });
  });
});

it('a site takes each job once and whole, never two at a time, wherever the writer dies', async () => {
  const actions = fc.array(fc.constantFrom('next', 'die-before', 'die-after', 'take', 'finish'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(actions, async (plan) => {
      setUp();
      const taken: string[] = [];
      let job = 1;
      const site = (): void => {
        const under = [...place.names('in').filter((name) => name.endsWith('.csv')), ...place.names('work')];
        expect(under.length).toBeLessThanOrEqual(1);
      };
      const write = async (): Promise<void> => {
        const state = await submit(`SO_${job}.csv`, `whole ${job}`).catch((error: VendorError) => error);
        if (state instanceof VendorError) return;
        if (state.status === 'done') job += 1;
      };
      for (const [index, action] of [...plan, ...Array<string>(3).fill('next')].entries()) {
        const verb = index % 2 === 0 ? 'put' : 'rename';
        const die = (each: string): void => {
          if (each === verb) throw new FileFailure('lost', 'died');
        };
        if (action === 'take') {
          const [file] = place.names('in').filter((name) => name.endsWith('.csv'));
          if (file !== undefined) {
            expect(place.files.get(`in/${file}`)?.bytes.toString()).toBe(`whole ${file.replace(/\D/g, '')}`);
            taken.push(file);
            move(`in/${file}`, `work/${file}`);
          }
        } else if (action === 'finish') {
          for (const file of place.names('work')) move(`work/${file}`, `done/${file}`);
        } else {
          if (action === 'die-before') place.before = die;
          if (action === 'die-after') place.after = die;
          await write();
          place.before = () => {};
          place.after = () => {};
        }
        site();
      }
      expect(new Set(taken).size).toBe(taken.length);
    }),
    { numRuns: 300 },
  );
});
