import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeMetrics, METRICS_FILE } from '../scripts/metrics-table.ts';
import { createMetrics, listMetrics } from '../src/index.ts';
import { METRICS } from '../src/metrics/catalogue.ts';
import { LABEL_KINDS, type MetricDeclaration } from '../src/metrics/declaration.ts';

const DECLARED: [string, MetricDeclaration][] = Object.entries(METRICS);
const ALERTS = readFileSync(new URL('../../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');

describe('the catalogue of metrics', () => {
  it('is shown by deploy/METRICS.md: else node libs/service-kit/scripts/metrics-table.ts', () => {
    expect(readFileSync(METRICS_FILE, 'utf8')).toBe(describeMetrics());
  });

  it.each(DECLARED)(
    '%s has a name of its kind and unit, and labels of a bounded kind',
    (name, { kind, unit, labels, by }) => {
      expect(name).toMatch(/^entrepot_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      expect(name.endsWith('_seconds')).toBe(unit === 'seconds');
      for (const of of Object.values(labels)) {
        if (typeof of === 'string') expect(Object.keys(LABEL_KINDS)).toContain(of);
        else expect(of.length).toBeLessThanOrEqual(20);
      }
      expect(by.length).toBeGreaterThan(0);
    },
  );

  it('has a rule that reads each metric, and no rule reads another', () => {
    const read = [...ALERTS.matchAll(/entrepot_[a-z_]+/g)].map(([name]) => {
      const whole = name.replace(/_(bucket|count|sum)$/, '');
      return METRICS[whole as keyof typeof METRICS]?.kind === 'histogram' ? whole : name;
    });
    expect([...new Set(read)].sort()).toEqual(Object.keys(METRICS).sort());
  });

  it('knows the labels that rules group and select by, and their values', () => {
    for (const [, name = '', selector = ''] of ALERTS.matchAll(/(entrepot_[a-z_]+)\{([^{}]+)\}/g)) {
      const { labels }: MetricDeclaration = METRICS[name.replace(/_(bucket|count)$/, '') as keyof typeof METRICS];
      for (const [, label = '', operator, values = ''] of selector.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)) {
        const of = labels[label];
        expect(of, `${label} of ${name}`).toBeDefined();
        if (typeof of !== 'string') for (const value of values.split('|')) expect(of, operator).toContain(value);
      }
    }
    for (const [, grouping = '', expression = ''] of ALERTS.matchAll(/by \(([^)]*)\) \(((?:[^()]|\([^()]*\))*)\)/g)) {
      const name = /entrepot_[a-z_]+/.exec(expression)?.[0].replace(/_(bucket|count)$/, '') as keyof typeof METRICS;
      const known = ['le', ...Object.keys(METRICS[name].labels)];
      expect(known, `${grouping} of ${name}`).toEqual(expect.arrayContaining(grouping.split(', ')));
    }
  });

  it('gives a service its metrics by name, the same one for the same name', async () => {
    const metrics = createMetrics({ service: 'test', processMetrics: false });
    expect(metrics.counter('entrepot_sink_unreadable_total')).toBe(metrics.counter('entrepot_sink_unreadable_total'));
    expect(listMetrics('ledger')).toContain('entrepot_deliveries_open');
    expect(listMetrics('sink')).not.toContain('entrepot_deliveries_open');
  });
});
