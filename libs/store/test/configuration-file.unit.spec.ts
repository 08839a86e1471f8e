import { describe, expect, it } from 'vitest';
import { InvalidSettings } from '../src/index.ts';
import { registerVendors } from '../src/settings/vendor-settings.ts';
import { checkConfiguration, parseConfiguration } from '../src/yaml/configuration-file.ts';
import { erpVendor, shopVendor } from './open-test-store.ts';

const DEFAULT = { id: 'default', label: 'Default', revision: 1 };

function refusalOf(text: string, known = [shopVendor, erpVendor]): InvalidSettings {
  try {
    const vendors = registerVendors(known);
    checkConfiguration(parseConfiguration(text, vendors).file, vendors, { connections: [], tenants: [DEFAULT] });
  } catch (error) {
    if (error instanceof InvalidSettings) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('configuration file', () => {
  it('says where the YAML breaks, without quoting it', () => {
    const refusal = refusalOf('format: 2\nconnections:\n  - { id: a, secrets: { password: hunter2 }\n');
    expect(refusal.problems[0]?.path).toMatch(/^line \d+, column \d+$/);
    expect(refusal.message).not.toContain('hunter2');
  });

  it('tells faults of structure with their paths', () => {
    const { problems } = refusalOf(
      'format: 3\nconnections:\n  - { id: a, label: A, vendor: testshop, colour: red }\nflow: []\n',
    );
    expect(problems.map((problem) => problem.path).sort()).toEqual(['connections[0].colour', 'flow', 'format']);
  });

  it('tells faults of meaning all at once', () => {
    const { problems, message } = refusalOf(`format: 2
connections:
  - { id: shop, label: S, vendor: testshop, settings: { domain: 5 }, secrets: { accessToken: hunter2, extra: hunter2 } }
  - { id: shop, label: S, vendor: magic }
flows:
  - { entity: order, from: shop, to: nowhere, settings: { totalTolerance: 1 } }
`);
    expect(problems.map((problem) => problem.path)).toEqual([
      'connections[0].settings.domain',
      'connections[0].secrets.extra',
      'connections[1].id',
      'connections[1].vendor',
      'flows[0].to',
      'flows[0].settings.totalTolerance',
    ]);
    expect(message).not.toContain('hunter2');
  });

  it('says where a setting of an earlier release stands now', () => {
    const moving = { ...shopVendor, movedSettings: [{ from: 'policy', to: 'source.order.policy' }] };
    const text = 'format: 2\nconnections: [{ id: s, label: S, vendor: testshop, settings: { domain: d, policy: x } }]';
    expect(refusalOf(text, [moving]).problems).toEqual([
      { path: 'connections[0].settings.policy', message: 'stands under "source.order.policy" now: move it there' },
    ]);
  });

  it('tells a tenant that is not there, one that is there twice, and a flow from one to another', () => {
    const { problems } = refusalOf(`version: 1
tenants: [{ id: acme, label: Acme }, { id: acme, label: Again }]
connections:
  - { id: shop, label: S, vendor: testshop, tenant: acme, settings: { domain: d } }
  - { id: erp, label: E, vendor: testerp, settings: { company: C } }
  - { id: lost, label: E, vendor: testerp, tenant: none, settings: { company: C } }
flows:
  - { entity: order, from: shop, to: erp }
`);
    expect(problems.map(({ path, message }) => [path, message])).toEqual([
      ['tenants[1].id', expect.stringContaining('twice')],
      ['connections[2].tenant', 'there is no tenant "none": create it first'],
      ['flows[0].to', 'belongs to tenant "default", and "shop" to "acme": a flow stays within one'],
    ]);
  });

  it.each([
    ['an alias to nothing', 'format: 2\nconnections: *hunter2\n', /^line 2, column 14: is an alias/],
    ['a tag that nobody knows', 'format: 2\nconnections: !hunter2 []\n', /^line 2, column 14: Unresolved tag/],
    ['a broken flow', 'version: [1, hunter2\n', /^line \d+, column \d+: /],
    ['what stands behind a value', 'version: "1" hunter2\n', /^line 1, column \d+: /],
    [
      'a list that holds itself, twice at each place',
      'format: 2\nconnections: &a [*a, *a, *a]\n',
      /^connections\[0\]: holds itself/,
    ],
    ['a map that holds itself', 'format: 2\nflows: [&a { entity: *a }]\n', /^flows\[0\].entity: holds itself/],
    [
      'lists of such a list, again and again',
      `format: 2\na0: &a0 [*a0]\n${[1, 2, 3, 4, 5, 6, 7].map((n) => `a${n}: &a${n} [${Array(20).fill(`*a${n - 1}`)}]\n`).join('')}`,
      /^a0\[0\]: holds itself/,
    ],
    ['two documents', 'format: 2\n---\nformat: 2\n', /^line \d+, column \d+: /],
    ['plain text', 'this is no configuration', /^file: /],
    ['a list', '- 1\n- 2\n', /^file: /],
    ['bytes that are no text', '\u0000\u0001\ufffd', /^(file|line \d+, column \d+): /],
    ['a deep nest', `${'['.repeat(30)}${']'.repeat(30)}`, /^(file|\[0\])/],
    ['a reserved name', 'format: 2\nconnections: []\n__proto__: { a: 1 }\n', /^__proto__: is a reserved name/],
  ])('tells %s in words, and quotes nothing', (_what, text, words) => {
    const { problems, message } = refusalOf(text);
    expect(`${problems[0]?.path}: ${problems[0]?.message}`).toMatch(words);
    expect(message).not.toContain('hunter2');
  });

  it('takes parts that repeat by an alias, but not more often than a person writes', () => {
    const flows = (count: number) =>
      `format: 2\nconnections: []\nflows:\n  - &flow { entity: order, from: a, to: b }\n${'  - *flow\n'.repeat(count)}`;
    expect(refusalOf(flows(2)).problems[0]?.path).not.toBe('file');
    expect(refusalOf(flows(101)).problems).toEqual([
      { path: 'file', message: expect.stringMatching(/aliases: at most 100 times/) },
    ]);
  });

  it('takes an empty file for what it is', () => {
    expect(refusalOf('').problems[0]?.path).toBe('file');
  });
});
