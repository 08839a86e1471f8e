import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 2, 2, 12);
  layer = await startServiceLayer({ now: () => nowMs });
});
afterEach(() => layer.close());

describe('sessions', () => {
  it('B1SESSION comes without Path and with a dangling semicolon, ROUTEID with its path', async () => {
    const answer = await layer.login();
    expect(answer.json).toMatchObject({ Version: '1000340', SessionTimeout: 30 });
    const [session, route] = answer.headers.getSetCookie();
    expect(session).toMatch(/^B1SESSION=[\w-]+;HttpOnly;$/);
    expect(route).toBe('ROUTEID=.node1; path=/b1s');
  });

  it('wrong password and unknown company have one text and two codes', async () => {
    const wrong = await layer.login({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'x' });
    const unknown = await layer.login({ CompanyDB: 'NONE', UserName: 'manager', Password: 'sandbox' });
    expect([wrong.status, wrong.json.error.code]).toEqual([401, '-304']);
    expect([unknown.status, unknown.json.error.code]).toEqual([401, '-306']);
    expect(unknown.json.error.message).toBe(wrong.json.error.message);
  });

  it('no session is 401/301, number in v1 and text in v2; the timeout is idle time', async () => {
    expect((await layer.send('GET', '/v1/Orders')).json.error).toMatchObject({ code: 301, message: { lang: 'en-us' } });
    expect((await layer.send('GET', '/v2/Orders')).json.error.code).toBe('301');
    await layer.login();
    for (let i = 0; i < 4; i += 1) {
      nowMs += 20 * 60_000;
      expect((await layer.send('GET', '/v2/Orders')).status).toBe(200);
    }
    nowMs += 31 * 60_000;
    expect((await layer.send('GET', '/v2/Orders')).status).toBe(401);
  });

  it('many logins at once fail with 500/299; a logged out session is dead', async () => {
    const slow = await startServiceLayer({ loginMs: 300 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => slow.login()));
    await slow.close();
    const failed = answers.filter((answer) => answer.status !== 200);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.json.error.code).toBe('299');
    await layer.login();
    expect((await layer.send('POST', '/v2/Logout')).status).toBe(204);
    expect((await layer.send('GET', '/v2/Orders')).status).toBe(401);
  });

  it('ping needs no session; one session works on both versions', async () => {
    const ping = await fetch(`${layer.url}/ping/load-balancer`);
    expect(await ping.json()).toMatchObject({ message: 'pong', sender: 'node1' });
    await layer.login();
    expect((await layer.send('GET', '/v1/Orders')).status).toBe(200);
    expect((await layer.send('GET', '/v2/Orders')).status).toBe(200);
  });
});

describe('reading', () => {
  beforeEach(async () => {
    await layer.login();
    const rows = Array.from({ length: 45 }, (_, index) => ({
      CardCode: `K${String(index).padStart(2, '0')}`,
      CardName: `Name ${index}`,
      CardType: index % 2 === 0 ? 'cCustomer' : 'cLid',
      CreditLimit: index,
    }));
    await layer.control('POST', '/seed', { sets: { BusinessPartners: rows } });
  });

  it('pages of 20 with a relative link; a full last page has one too, then comes an empty page', async () => {
    const first = await layer.send(
      'GET',
      "/v2/BusinessPartners?$filter=startswith(CardCode,'K')&$select=CardCode&$orderby=CardCode",
    );
    expect(first.json.value).toHaveLength(20);
    expect(first.json['@odata.nextLink']).toBe(
      'BusinessPartners?$filter=startswith(CardCode,%27K%27)&$select=CardCode&$orderby=CardCode&$skip=20',
    );
    const sized = await layer.send(
      'GET',
      "/v2/BusinessPartners?$filter=startswith(CardCode,'K')&$select=CardCode",
      undefined,
      { prefer: 'odata.maxpagesize=15' },
    );
    expect(sized.headers.get('preference-applied')).toBe('odata.maxpagesize=15');
    const last = await layer.send(
      'GET',
      `/v2/${sized.json['@odata.nextLink'].replace('$skip=15', '$skip=30')}`,
      undefined,
      { prefer: 'odata.maxpagesize=15' },
    );
    expect(last.json.value).toHaveLength(15);
    const empty = await layer.send('GET', `/v2/${last.json['@odata.nextLink']}`, undefined, {
      prefer: 'odata.maxpagesize=15',
    });
    expect(empty.json.value).toEqual([]);
    expect(empty.json['@odata.nextLink']).toBeUndefined();
  });

  it('$top counts down in the links, and needs none when it fits', async () => {
    const answer = await layer.send('GET', '/v2/BusinessPartners?$top=30');
    expect(answer.json['@odata.nextLink']).toContain('$top=10&$skip=20');
    expect((await layer.send('GET', '/v2/BusinessPartners?$top=5')).json['@odata.nextLink']).toBeUndefined();
  });

  it('counts', async () => {
    const bare = await layer.send('GET', "/v2/BusinessPartners/$count?$filter=startswith(CardCode,'K')");
    expect([bare.text, bare.headers.get('content-type')]).toEqual(['45', 'text/plain; charset=utf-8']);
    expect((await layer.send('GET', '/v2/BusinessPartners?$count=true&$top=1')).json['@odata.count']).toBe(46);
    expect((await layer.send('GET', '/v1/BusinessPartners?$inlinecount=allpages&$top=1')).json['odata.count']).toBe(
      '46',
    );
  });

  it.each([
    ["CardCode eq 'K07'", 1],
    ["CardType eq 'L' and CreditLimit gt 40", 2],
    ["CardType eq 'cLid' and (CreditLimit lt 3 or CreditLimit ge 43)", 2],
    ["not startswith(CardCode,'K')", 1],
    ["endswith(CardName,' 9')", 1],
    ["contains(CardName,'ame 4')", 6],
    ["substringof('ame 4',CardName)", 6],
    ["CardName eq 'name 7'", 0],
  ])('filter %s', async (filter, expected) => {
    const answer = await layer.send('GET', `/v2/BusinessPartners/$count?$filter=${encodeURIComponent(filter)}`);
    expect(answer.text).toBe(String(expected));
  });

  it('a filter finds a row by the value that it has now, and by none that it had', async () => {
    const count = async (name: string): Promise<string> =>
      (await layer.send('GET', `/v2/BusinessPartners/$count?$filter=CardName eq '${name}'`)).text;
    expect([await count('Name 7'), await count('Renamed')]).toEqual(['1', '0']);
    const [row] = (await layer.send('GET', "/v2/BusinessPartners?$filter=CardName eq 'Name 7'")).json.value;
    await layer.send('PATCH', `/v2/BusinessPartners('${row.CardCode}')`, { CardName: 'Renamed' });
    expect([await count('Name 7'), await count('Renamed')]).toEqual(['0', '1']);
  });

  it('filters tell cases apart unless asked not to', async () => {
    const answer = await layer.send('GET', "/v2/BusinessPartners/$count?$filter=CardName eq 'name 7'", undefined, {
      'b1s-caseinsensitive': 'true',
    });
    expect(answer.text).toBe('1');
  });

  it.each([
    ['$filter=NoSuchField eq 1', "Property 'NoSuchField' is invalid"],
    ['$filter=CardCode eq', 'Query string error - Invalid filter condition'],
    ['$filter=CreditLimit add 1 gt 2', 'Query string error - Invalid filter condition'],
    ['$filter=BPAddresses eq 1', 'Query string error - Invalid filter condition'],
    ['$select=NoSuchField', "Property 'NoSuchField' is invalid"],
    ['$expand=BPAddresses', "Cannot expand invalid navigation property 'BPAddresses'"],
  ])('refuses %s', async (query, message) => {
    const answer = await layer.send('GET', `/v2/BusinessPartners?${query}`);
    expect([answer.status, answer.json.error.code, answer.json.error.message]).toEqual([400, '201', message]);
  });

  it('a missing key, an unknown set, keys with quotes and slashes', async () => {
    expect(await layer.send('GET', "/v2/Items('NONE')")).toMatchObject({
      status: 404,
      json: { error: { code: '-2028' } },
    });
    expect(await layer.send('GET', '/v2/Nonsense')).toMatchObject({
      status: 400,
      json: { error: { message: 'Service Not Found' } },
    });
    await layer.control('POST', '/items', { itemCode: "a/b'c" });
    expect((await layer.send('GET', "/v2/Items('a%2Fb''c')")).json.ItemCode).toBe("a/b'c");
  });

  it('change stamps are kept where the server keeps them, and nowhere else', async () => {
    await layer.send('POST', '/v2/Orders', orderBody());
    const order = await layer.send('GET', '/v2/Orders(1)');
    expect(order.json).toMatchObject({
      UpdateDate: '2026-03-02T00:00:00Z',
      UpdateTime: '12:00:00',
      DocDate: '2026-03-02T00:00:00Z',
    });
    expect((await layer.send('GET', '/v1/Orders(1)')).json.DocDate).toBe('2026-03-02');
    expect((await layer.send('GET', '/v2/PriceLists(1)')).json).not.toHaveProperty('UpdateDate');
  });
});

describe('$batch', () => {
  const part = (head: string, body: object | null, contentId: string | null) =>
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${contentId === null ? '' : `Content-ID: ${contentId}\r\n`}\r\n${head}\r\nContent-Type: application/json\r\n\r\n${body === null ? '' : JSON.stringify(body)}\r\n`;
  const changeset = (...parts: string[]) =>
    `Content-Type: multipart/mixed;boundary=cs\r\n\r\n${parts.map((text) => `--cs\r\n${text}`).join('')}--cs--\r\n`;
  const batch = (version: string, ...sections: string[]) =>
    layer.send('POST', `/${version}/$batch`, `${sections.map((text) => `--b\r\n${text}`).join('')}--b--\r\n`, {
      'content-type': 'multipart/mixed;boundary=b',
    });
  const partner = (CardCode: string) => ({ CardCode, CardName: CardCode });

  beforeEach(async () => void (await layer.login()));

  it('runs parts in order; $1 is the entity made by part 1', async () => {
    const answer = await batch(
      'v2',
      part("GET /b1s/v2/Items('MUG-WHITE')?$select=ItemCode", null, null),
      changeset(
        part('POST /b1s/v2/BusinessPartners', partner('B1'), '1'),
        part('PATCH /b1s/v2/$1', { CardName: 'Renamed' }, '2'),
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 201', 'HTTP/1.1 204']);
    expect((await layer.send('GET', "/v2/BusinessPartners('B1')")).json.CardName).toBe('Renamed');
  });

  it('a failing changeset is undone, answered by one part, and the batch stops there', async () => {
    const answer = await batch(
      'v2',
      changeset(
        part('POST /b1s/v2/BusinessPartners', partner('B2'), '1'),
        part('POST /b1s/v2/BusinessPartners', partner('C-WEB'), '2'),
      ),
      changeset(part('POST /b1s/v2/BusinessPartners', partner('B3'), '1')),
    );
    expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(answer.text).not.toContain('changesetresponse');
    expect((await layer.send('GET', "/v2/BusinessPartners('B2')")).status).toBe(404);
    expect((await layer.send('GET', "/v2/BusinessPartners('B3')")).status).toBe(404);
    expect((await layer.control('GET', '/documents')).json.items).toEqual([]);
  });

  it('v2 wants a Content-ID on every part of a changeset, v1 does not; no GET inside', async () => {
    const without = changeset(part('POST /b1s/v1/BusinessPartners', partner('B4'), null));
    expect(await batch('v2', without)).toMatchObject({ status: 400, json: { error: { code: '244' } } });
    expect((await batch('v1', without)).status).toBe(202);
    expect((await batch('v2', changeset(part("GET /b1s/v2/Items('MUG-WHITE')", null, '1')))).json.error.code).toBe(
      '-1000',
    );
    expect(
      (await layer.send('POST', '/v2/$batch', 'rubbish', { 'content-type': 'multipart/mixed;boundary=b' })).json.error
        .message,
    ).toBe('Incomplete Batch Request Body!');
  });

  const get = (path: string, headers = '') =>
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET /b1s/v2/${path} HTTP/1.1\r\n${headers}\r\n\r\n`;
  const mug = get("Items('MUG-WHITE')?$select=ItemCode");
  const statuses = (answer: { text: string }) => answer.text.match(/(?<=HTTP\/1\.1 )\d+/g);

  it('GETs have a status and headers each; the batch stops at the first that fails', async () => {
    const answer = await batch('v2', mug, get('Orders', 'Prefer: odata.maxpagesize=5\r\n'), get("Items('x')"), mug);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^multipart\/mixed;boundary=batchresponse_/);
    expect(statuses(answer)).toEqual(['200', '200', '404']);
    expect(answer.text).toContain('\r\nPreference-Applied: odata.maxpagesize=5\r\n');
    expect(answer.text.match(/OData-Version: 4\.0/g)).toHaveLength(3);
    expect(answer.text).toMatch(/--batchresponse_[\w-]+--\r\n$/);
  });

  it('an answer may end without its last boundary, or in the middle of a part: not alike', async () => {
    const two = () => batch('v2', mug, mug);
    const whole = (await two()).text.replace(/batchresponse_.{36}/g, 'b');
    await layer.control('PATCH', '/settings', { batchEnd: 'without-boundary' });
    expect((await two()).text.replace(/batchresponse_.{36}/g, 'b')).toBe(whole.slice(0, -'--b--\r\n'.length));
    await layer.control('PATCH', '/settings', { batchEnd: 'cut' });
    const cut = (await two()).text.replace(/batchresponse_.{36}/g, 'b');
    expect(whole.startsWith(cut)).toBe(true);
    const last = cut.slice(cut.lastIndexOf('\r\n\r\n')).trim();
    expect(last).not.toBe('');
    expect(() => JSON.parse(last)).toThrow();
  });

  it('a GET without the empty line after its head is refused, and so is a batch without session', async () => {
    const bare = mug.slice(0, -'\r\n\r\n'.length);
    expect(await batch('v2', bare)).toMatchObject({ status: 400, json: { error: { code: '-1000' } } });
    await layer.control('POST', '/sessions/expire');
    expect(await batch('v2', mug)).toMatchObject({ status: 401, json: { error: { code: '301' } } });
  });

  it('a fault of a part fails that part; its session dies there; a cut strikes the request', async () => {
    const match = { method: 'GET', operation: 'Orders' };
    const three = () => batch('v2', mug, get('Orders'), mug);
    layer.sandbox.faults.add({ match, times: 1, fault: { type: 'status', code: 503 } });
    const struck = await three();
    expect(statuses(struck)).toEqual(['200', '503']);
    expect(struck.text).toContain('Service Unavailable');
    layer.sandbox.faults.add({ match, times: 1, fault: { type: 'cutBeforeCommit' } });
    await expect(three()).rejects.toThrow();
    layer.sandbox.faults.add({ match, times: 1, fault: { type: 'expiredSession' } });
    expect(statuses(await three())).toEqual(['200', '401']);
    expect((await three()).status).toBe(401);
  });
});
