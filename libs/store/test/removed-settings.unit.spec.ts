import { describe, expect, it } from 'vitest';
import { dropRemoved } from '../src/removed-settings.ts';
import { checkFlowSettings } from '../src/settings/vendor-settings.ts';
import { parseConfiguration } from '../src/yaml/configuration-file.ts';

const order = { entity: 'order', vendor: undefined } as const;

describe('settings that are gone', () => {
  it('empty defaults, of a flow and of what it may create on its way, are left out without a word', () => {
    const given = { filter: 'true', defaults: {}, prerequisites: { customer: { defaults: {}, fields: {} } } };
    expect(dropRemoved(given)).toEqual({
      settings: { filter: 'true', prerequisites: { customer: { fields: {} } } },
      dropped: [],
    });
    expect(checkFlowSettings(new Map(), given, order, 'settings')).toMatchObject({ ok: true });
  });

  it('filled ones are named', () => {
    const given = { defaults: { series: '7' }, prerequisites: { customer: { defaults: { terms: '3' } } } };
    expect(dropRemoved(given)).toEqual({
      settings: { prerequisites: { customer: {} } },
      dropped: ['defaults', 'prerequisites.customer.defaults'],
    });
  });

  it('what is no settings at all stays as it is', () => {
    for (const given of [null, 'x', [], { prerequisites: [] }, { prerequisites: { customer: 1 } }])
      expect(dropRemoved(given)).toEqual({ settings: given, dropped: [] });
  });

  it('whoever saves filled ones is told that nothing knows them', () => {
    expect(checkFlowSettings(new Map(), { defaults: { series: '7' } }, order, 'settings')).toEqual({
      ok: false,
      problems: [{ path: 'settings.defaults', message: 'is not known here: check the spelling, or take it out' }],
    });
  });

  it.each(['format: 2', 'version: 1'])('a file of "%s" is read on; what had no effect is listed', (head) => {
    const flow = '{ entity: customer, from: a, to: b, settings: { defaults: { x: "1" } } }';
    const { file, converted } = parseConfiguration(`${head}\nflows:\n  - ${flow}\n`, new Map());
    expect(file.flows[0]?.settings).toEqual({});
    expect(converted).toContainEqual({ from: 'flows[0].settings.defaults', to: null, how: 'dropped' });
  });
});
