import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from './ledger-process.ts';

let test: TestLedger;
beforeAll(async () => {
  test = await startTestLedger();
}, 60_000);
afterAll(() => test?.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${test.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${test.adminToken}`,
      'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    etag: answer.headers.get('etag'),
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
}

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;

describe('connections and flows', () => {
  it.each(['connections', 'flows'])('%s are changed under the ETag that was read', async (kind) => {
    const [{ id }] = (await send('GET', `/v1/${kind}`)).body.items;
    const path = `/v1/${kind}/${encodeURIComponent(id)}`;
    const read = await send('GET', path);
    expect(read).toMatchObject({ status: 200, etag: `"${read.body.revision}"` });
    const tag = { 'if-match': read.etag ?? '' };
    const changed = await send('PATCH', path, { active: false }, tag);
    expect(changed).toMatchObject({ status: 200, etag: `"${read.body.revision + 1}"`, body: { active: false } });
    expect(await send('PATCH', path, { active: true }, tag)).toMatchObject({
      status: 412,
      body: {
        type: 'urn:entrepot:problem:changed-since',
        detail: expect.stringContaining(`revision ${changed.body.revision}`),
      },
    });
    expect((await send('PATCH', path, { active: true, revision: read.body.revision })).status).toBe(409);
    expect((await send('PATCH', path, { active: true })).status).toBe(400);
    expect((await send('PATCH', path, { active: true, revision: changed.body.revision })).status).toBe(200);
    expect((await send('PATCH', `/v1/${kind}/none`, { active: true }, tag)).status).toBe(404);
    // An answer that is there already is never meant by it.
    expect((await send('GET', path, undefined, { 'if-none-match': `"${changed.body.revision + 1}"` })).status).toBe(
      200,
    );
  });

  it('settings beyond their bounds are refused alike by PATCH and import, with path and range', async () => {
    const [{ id, entity, from, to, revision }] = (await send('GET', '/v1/flows')).body.items;
    const settings = { retry: { firstDelayMs: THIRTY_DAYS_MS + 1 }, filter: '((', totalTolerance: 'Infinity' };
    const patched = await send('PATCH', `/v1/flows/${encodeURIComponent(id)}`, { revision, settings });
    expect(patched.status).toBe(400);
    expect(patched.body.errors).toEqual([
      { path: 'settings.filter', message: expect.stringContaining('is not JSONata') },
      { path: 'settings.totalTolerance', message: expect.stringContaining('must be an amount of zero or more') },
      { path: 'settings.retry.firstDelayMs', message: expect.stringContaining('100 (100 milliseconds) to 2592000000') },
    ]);
    const imported = await send(
      'PUT',
      '/v1/configuration',
      JSON.stringify({
        format: 2,
        flows: [{ entity, from, to, settings }],
      }),
    );
    expect(imported.status).toBe(400);
    expect(imported.body.errors).toEqual(
      patched.body.errors.map((error: { path: string }) => ({ ...error, path: `flows[0].${error.path}` })),
    );
    expect((await send('GET', `/v1/flows/${encodeURIComponent(id)}`)).body.revision).toBe(revision);
  });

  it('names of any kind come back as they were saved, or are refused with their path', async () => {
    const [{ id }] = (await send('GET', '/v1/flows')).body.items;
    const path = `/v1/flows/${encodeURIComponent(id)}`;
    const save = async (names: readonly string[]) => {
      const warehouse = Object.fromEntries(names.map((name) => [name, '01']));
      const { revision } = (await send('GET', path)).body;
      const { status, body } = await send('PATCH', path, { revision, settings: { valueMaps: { warehouse } } });
      return { status, body, warehouse, read: (await send('GET', path)).body };
    };
    // Words of MongoDB, of its driver and of the mapper above it; a shop's own words may look like them.
    const taken = [
      'a.b',
      '.',
      '$',
      '$5 shipping',
      '$set',
      '$where',
      '$id',
      '$db',
      '$oid',
      '_id',
      '__v',
      'toString',
      'then',
    ];
    const { status, warehouse, read } = await save(taken);
    expect([status, read.settings.valueMaps.warehouse, read.attention]).toEqual([200, warehouse, null]);
    for (const name of [
      '$ref',
      '$__',
      '$isMongooseMap',
      'isMongooseBuffer',
      '_bsontype',
      'toBSON',
      'toJSON',
      '\ud800',
    ]) {
      const refused = await save([name, '$id']);
      expect([refused.status, refused.body.errors?.[0].path]).toEqual([400, `settings.valueMaps.warehouse.${name}`]);
      expect(refused.read.settings.valueMaps.warehouse).toEqual(warehouse);
    }
  });

  it.each([
    ['an alias to nothing', 'format: 2\nconnections: *nothing\n'],
    ['no YAML', '}{'],
    ['plain text', 'hello'],
    ['a list that holds itself', 'format: 2\nconnections: &a [*a, *a, *a]\n'],
  ])('an import of %s is refused in words', async (_what, text) => {
    expect(await send('PUT', '/v1/configuration', text)).toMatchObject({
      status: 400,
      body: {
        type: 'urn:entrepot:problem:invalid-settings',
        errors: expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
      },
    });
  });
});
