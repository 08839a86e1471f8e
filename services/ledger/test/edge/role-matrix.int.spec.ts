import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from '../ledger-process.ts';

const ROLES = ['viewer', 'operator', 'admin'] as const;
type Role = (typeof ROLES)[number];

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly role: Role | 'public';
  readonly takes: 'json' | 'yaml' | null;
  readonly statuses: readonly number[];
}

let test: TestLedger;
let operations: readonly Operation[];
const tokens: Record<string, string> = {};

beforeAll(async () => {
  test = await startTestLedger();
  const { body } = await test.call('GET', '/v1/openapi.json', undefined, null);
  operations = listOperations(body.paths);
  for (const role of [...ROLES, 'revoked'] as const) {
    const made = await test.call('POST', '/v1/tokens', { label: role, role: role === 'revoked' ? 'admin' : role });
    tokens[role] = made.body.token;
    if (role === 'revoked') await test.call('DELETE', `/v1/tokens/${made.body.id}`);
  }
}, 60_000);

afterAll(() => test?.close());

// biome-ignore lint/suspicious/noExplicitAny: the description as it comes
function listOperations(paths: Record<string, Record<string, any>>): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const types = Object.keys(operation.requestBody?.content ?? {});
      return {
        method: method.toUpperCase(),
        path,
        role: operation['x-role'],
        takes: types.includes('application/json') ? 'json' : types.length > 0 ? 'yaml' : null,
        statuses: Object.keys(operation.responses).map(Number),
      };
    }),
  );
}

/** Calls it with ids that nothing has and a body that says nothing, so that a call that is let in changes nothing. */
async function call(operation: Operation, token: string | null): Promise<Response> {
  const path = operation.path.replaceAll(/\{\w+\}/g, 'no-such-thing');
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  if (operation.takes !== null) headers['content-type'] = `application/${operation.takes}`;
  const response = await fetch(`${test.url}${path}`, {
    method: operation.method,
    headers,
    ...(operation.takes === null ? {} : { body: operation.takes === 'json' ? '{}' : ' ' }),
  });
  await response.arrayBuffer();
  return response;
}

function unusable(kind: string): string | null {
  if (kind === 'no') return null;
  if (kind === 'revoked') return tokens.revoked ?? '';
  return kind === 'wrong' ? 'ent_nobody-has-this-token-nobody-has' : 'x'.repeat(5_000);
}

describe('who may call what, as the description of the API says it', () => {
  it('names a role for every operation, and only the description itself is public', () => {
    expect(operations.length).toBeGreaterThan(25);
    expect(operations.filter(({ role }) => role === 'public').map(({ path }) => path)).toEqual(['/v1/openapi.json']);
    for (const { role } of operations) expect(['public', ...ROLES]).toContain(role);
    expect(new Set(operations.map(({ role }) => role)).size).toBe(4);
  });

  it.each(['no', 'wrong', 'over-long', 'revoked'])('%s token: 401 everywhere, but for what is public', async (kind) => {
    for (const operation of operations) {
      const { status, headers } = await call(operation, unusable(kind));
      const about = `${operation.method} ${operation.path}`;
      if (operation.role === 'public') expect([about, status]).toEqual([about, 200]);
      else {
        expect([about, status]).toEqual([about, 401]);
        expect(headers.get('www-authenticate')).toBe('Bearer');
      }
      expect(headers.get('cache-control'), about).toBe('no-store');
      expect(operation.statuses, about).toContain(status);
    }
  });

  it.each(ROLES)('%s: 403 where more is needed, let in everywhere else', async (role) => {
    for (const operation of operations) {
      const { status, headers } = await call(operation, tokens[role] ?? '');
      const about = `${operation.method} ${operation.path} as ${role}`;
      const mayCall = operation.role === 'public' || ROLES.indexOf(role) >= ROLES.indexOf(operation.role);
      if (mayCall) expect([401, 403, 405, 500], about).not.toContain(status);
      else expect([about, status]).toEqual([about, 403]);
      expect(headers.get('cache-control'), about).toBe('no-store');
      expect(operation.statuses, about).toContain(status);
    }
  });
});
