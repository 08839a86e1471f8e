/** Writes `deploy/METRICS.md`: `node libs/service-kit/scripts/metrics-table.ts`. A test compares it with the catalogue. */
import { writeFileSync } from 'node:fs';
import { METRICS } from '../src/metrics/catalogue.ts';
import { LABEL_KINDS, type LabelKind, type MetricDeclaration } from '../src/metrics/declaration.ts';

export const METRICS_FILE = new URL('../../../deploy/METRICS.md', import.meta.url);

const HEAD = `# Metrics

What \`/metrics\` of each service shows, beside the process' memory, event loop and garbage collection. Each has the label \`service\`. Made from
\`libs/service-kit/src/metrics/catalogue.ts\`; [prometheus/alerts.yml](prometheus/alerts.yml) reads each of them.

| metric | kind | unit | labels | by | what it is |
|---|---|---|---|---|---|
`;

function describeLabel(name: string, kind: LabelKind): string {
  if (typeof kind !== 'string') return `\`${name}\` (${kind.join(', ')})`;
  return name === kind ? `\`${name}\`` : `\`${name}\` (a ${kind})`;
}

export function describeMetrics(): string {
  const declared: [string, MetricDeclaration][] = Object.entries(METRICS);
  const rows = declared.map(([name, { kind, unit, labels, by, help }]) => {
    const told = Object.entries(labels).map(([label, of]) => describeLabel(label, of));
    return `| \`${name}\` | ${kind} | ${unit} | ${told.join(', ')} | ${by.join(', ')} | ${help} |\n`;
  });
  const bounds = Object.entries(LABEL_KINDS).map(([kind, why]) => `- \`${kind}\`: ${why}.\n`);
  const tail = '\nEvery label has a bounded number of values; where they are not listed:\n\n';
  return `${HEAD}${rows.join('')}${tail}${bounds.join('')}`;
}

if (import.meta.main) writeFileSync(METRICS_FILE, describeMetrics());
