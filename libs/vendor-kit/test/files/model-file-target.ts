import { createHash } from 'node:crypto';
import { createOrder } from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { z } from 'zod';
import { createFileJobs, type FileExchange, type FileJobs, openExchange } from '../../src/files/index.ts';
import { FileFailure } from '../../src/files/transport.ts';
import { csvDialectSchema, readCsv, writeCsv } from '../../src/formats/index.ts';
import {
  type CallContext,
  defineTarget,
  defineVendor,
  type FoundDocument,
  type HandleAnswer,
  noSettings,
  openClient,
  SIGN_IN_CHECK,
  VendorError,
} from '../../src/index.ts';
import {
  createMemoryVault,
  freeBudget,
  type TargetEntityHarness,
  type TargetFault,
  type TargetSuite,
} from '../../src/testing/index.ts';
import { createMemoryPlace, type MemoryPlace } from './memory-place.ts';

const COLUMNS = ['Ref', 'Text'];
const dialect = csvDialectSchema.parse({ encoding: 'windows-1252' });
const PASSWORD = 'pass-word-of-the-site';

interface Client {
  readonly files: FileExchange;
  readonly jobs: FileJobs;
}

/** A file for each state of a record: the same state is the same job, another one is another. */
const nameFile = (ref: string, text: string): string =>
  `SO_${ref}_${createHash('sha256').update(text).digest('hex').slice(0, 8)}.csv`;
const refOf = (file: string): string => /^SO_(.+)_[0-9a-f]{8}\.csv$/.exec(file)?.[1] ?? '';

/** What the site has of a reference: the latest file that was imported, if its log says that the row was taken. */
async function findOrder(ref: string, { files, jobs }: Client, call: CallContext): Promise<FoundDocument<string>[]> {
  const imported = (await files.list('done', call)).filter(({ name }) => refOf(name) === ref);
  const [latest] = imported.sort((a, b) => b.modifiedAtMs - a.modifiedAtMs);
  if (latest === undefined) return [];
  const state = await jobs.look(latest.name, call);
  if (state.status !== 'done' || state.rows?.every(({ ok }) => ok) !== true) return [];
  const [row] = readCsv(await files.read({ folder: 'done', name: latest.name }, call), dialect);
  const text = row?.ok === true ? (row.row['Text'] ?? '') : '';
  return [{ targetId: ref, targetNumber: null, state: 'posted', body: text, etag: null }];
}

async function pollJob(file: string, client: Client, call: CallContext): Promise<HandleAnswer<string>> {
  const state = await client.jobs.look(file, call);
  if (state.status === 'absent' || state.status === 'waiting' || state.rows === null) return { status: 'pending' };
  const bad = state.rows.find(({ ok }) => !ok);
  if (bad !== undefined) {
    return {
      status: 'refused',
      error: { kind: 'rejected', code: null, message: bad.message, advice: null, fields: [] },
    };
  }
  const [document] = await findOrder(refOf(file), client, call);
  return document === undefined ? { status: 'pending' } : { status: 'confirmed', document };
}

const submit = async (ref: string, text: string, { jobs }: Client, call: CallContext): Promise<string> => {
  const { bytes } = writeCsv(COLUMNS, [{ Ref: ref, Text: text }], dialect);
  if (bytes === null) throw new VendorError('rejected', 'The text does not fit the code page');
  const file = nameFile(ref, text);
  await jobs.submit(file, bytes, call);
  return file;
};

const target = defineTarget<{ settings: unknown; client: Client; profile: undefined; state: string }>({
  test: async ({ files }, call) => {
    try {
      await files.list('in', call);
      return { ok: true, checks: [{ name: SIGN_IN_CHECK, ok: true, message: 'signed in' }] };
    } catch (error) {
      const message = error instanceof Error ? error.message : 'failed';
      return { ok: false, checks: [{ name: SIGN_IN_CHECK, ok: false, message }] };
    }
  },
  values: {},
  entities: {
    order: {
      settings: noSettings,
      guard: 'look-up',
      visibleWithinMs: () => 20,
      verifyByDefault: false,
      confirmation: { by: 'poll', withinMs: 60_000, ofUpdates: true, poll: pollJob },
      reference: ({ connection, id }) => `${connection}-${id}`,
      map: (record) => ({
        ok: true,
        documents: [{ role: 'order', subId: null, desired: 'posted', body: `order ${record.source.number}` }],
      }),
      find: ({ externalRef }, client, call) => findOrder(externalRef, client, call),
      create: async ({ externalRef, body }, client, call) => {
        const handle = await submit(externalRef, String(body), client, call);
        return { targetId: null, targetNumber: null, status: 'accepted', handle };
      },
      read: async (_document, id, client, call) => (await findOrder(id, client, call))[0] ?? null,
      update: async ({ externalRef, body }, current, client, call) => {
        if (current.body === body) return { status: 'unchanged' };
        return { status: 'accepted', handle: await submit(externalRef, String(body), client, call) };
      },
      compare: ({ body }, current) =>
        body === current.body ? [] : [{ path: 'text', expected: String(body), actual: current.body }],
      stateHash: (_document, { body }) => body,
    },
  },
});

/** The site: what it does with the files that wait, and how often it made an order. */
function createSite(place: MemoryPlace) {
  const imported: string[] = [];
  const importAs = (folder: 'done' | 'failed', words: string) => async (ref: string) => {
    for (const name of place.names('in').filter((each) => !each.endsWith('.tmp') && refOf(each) === ref)) {
      imported.push(name);
      await place.transport.rename(`in/${name}`, `${folder}/${name}`, false);
      await place.transport.put(`${folder}/${name}.log`, Buffer.from(words), 'none');
    }
  };
  return {
    make: importAs('done', 'ok'),
    refuse: importAs('failed', 'unknown customer'),
    countCreated: async (ref: string): Promise<number> => {
      const files = [...imported, ...place.names('in').filter((name) => !name.endsWith('.tmp'))];
      const ofRef = files.filter((name) => refOf(name) === ref);
      return ofRef.filter((name) => name === ofRef[0]).length;
    },
  };
}

function breakBy(place: MemoryPlace, connect: MemoryPlace['transport']['connect'], fault: TargetFault | null): void {
  const fail = (kind: 'unreachable' | 'sign-in' | 'failed', words: string) => async () => {
    throw new FileFailure(kind, words);
  };
  const lose = (verb: string): void => {
    if (verb === 'rename') throw new FileFailure('lost', 'cut');
  };
  place.before = fault === 'cut-before-commit' ? lose : () => {};
  place.after = fault === 'cut-after-commit' ? lose : () => {};
  place.transport.connect =
    fault === 'down'
      ? fail('unreachable', 'it does not listen')
      : fault === 'unauthorized'
        ? fail('sign-in', 'no such user')
        : fault === 'repeats-request'
          ? fail('failed', `login ${PASSWORD} is not taken`)
          : connect;
}

/** A vendor that is given orders by files, confirms them by its log, and says nothing else. */
export function makeFileSuite(): TargetSuite {
  let atMs = 0;
  const place = createMemoryPlace(() => {
    atMs += 1;
    return atMs;
  });
  const { connect } = place.transport;
  const site = createSite(place);
  const vendor = defineVendor({
    name: 'model-files',
    title: 'Model files',
    budget: () => ({ concurrency: 1, requests: [], points: false }),
    settings: z.strictObject({}),
    secrets: z.strictObject({ password: z.string().describe('Password of the site') }),
    client: {
      open: ({ masker }): Client => {
        const files = openExchange(place.transport, { name: 'Model', timeoutMs: 500, maxFileBytes: 10_000, masker });
        const jobs = createFileJobs(files, {
          name: 'Model',
          folders: { incoming: 'in', working: null, done: 'done', failed: 'failed' },
          isOfJob: (name) => name.startsWith('SO_') && name.endsWith('.csv'),
          log: {
            folder: null,
            nameOf: (file) => `${file}.log`,
            read: (log) => [{ key: '1', ok: log.toString() === 'ok', message: log.toString() }],
          },
          retryAfterMs: 1_000,
        });
        return { files, jobs };
      },
      close: ({ files }) => files.close(),
    },
    source: null,
    target,
  });
  const connection = { id: 'site', label: 'Site', settings: {}, secrets: { password: PASSWORD }, revision: 1 };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const open = () =>
    openClient(vendor, {
      connection,
      log,
      now: Date.now,
      raiseAttention: () => {},
      budget: freeBudget(),
      credentials: createMemoryVault(),
    });
  let made = 0;
  const order: TargetEntityHarness<'order'> = {
    connection,
    open,
    entity: 'order',
    flow: flowSettingsSchemaOf('order').parse({}),
    makeEntity: async () => {
      made += 1;
      place.files.clear();
      return { entity: createOrder({ source: { connection: 'shop', vendor: 'x', id: String(made) } }), resolved: [] };
    },
    changeEntity: (record) => ({ ...record, source: { ...record.source, number: `${record.source.number}-changed` } }),
    countCreated: site.countCreated,
    unknownId: () => 'shop-999',
    confirmation: { make: site.make, refuse: site.refuse },
    setFault: async (fault) => breakBy(place, connect, fault),
    without: ['garbage'],
    secretTexts: [PASSWORD],
    close: async () => {},
  };
  const side = async () => ({
    open,
    countSignIns: async () => 0,
    makeReference: async () => ({ naturalKey: '', targetId: '' }),
    close: async () => {},
  });
  return { vendor, entities: { order: async () => order }, side };
}
