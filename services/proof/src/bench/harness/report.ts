import type { Bench, Figure } from './bench.ts';

/** The figures of all runs of one bench. */
export interface BenchReport {
  readonly bench: string;
  readonly title: string;
  readonly peer: string;
  /** Set when it could not be run. */
  readonly skipped?: string;
  /** Why a run broke off; the figures are those of the runs before. */
  readonly brokeOff?: string;
  readonly loadAverage: readonly string[];
  readonly figures: readonly FigureSummary[];
}

export interface FigureSummary extends Omit<Figure, 'value' | 'peer'> {
  readonly runs: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Median of the peer's runs. */
  readonly peer: number | null;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function summarise(
  { name, title, peer }: Bench,
  runs: readonly (readonly Figure[])[],
  loadAverage: readonly string[],
): BenchReport {
  const figures = (runs[0] ?? []).map((first): FigureSummary => {
    const same = runs.flatMap((run) => run.filter((figure) => figure.name === first.name));
    const values = same.map(({ value }) => value);
    const peers = same.flatMap((figure) => figure.peer ?? []);
    const { value: _value, peer: _peer, ...rest } = first;
    return {
      ...rest,
      runs: values.length,
      min: Math.min(...values),
      median: medianOf(values),
      max: Math.max(...values),
      peer: peers.length === 0 ? null : medianOf(peers),
    };
  });
  return { bench: name, title, peer, loadAverage, figures };
}

function show(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Times as good as the other: above 1 is better, whichever way the figure counts. */
function ratio(figure: Pick<FigureSummary, 'median' | 'better'>, other: number): string {
  const times = figure.better === 'more' ? figure.median / other : other / figure.median;
  return Number.isFinite(times) ? `${times.toFixed(2)}×` : '';
}

/** The table for people; `other` adds a column with the ratio to another run. */
export function formatReport(
  report: BenchReport,
  other?: { readonly report: BenchReport; readonly title: string },
): string {
  const head = `\n${report.title} (${report.bench}; beside: ${report.peer})`;
  if (report.skipped !== undefined) return `${head}\n  skipped: ${report.skipped}`;
  const header = ['', 'min', 'median', 'max', 'unit', 'reach', 'peer', 'better'];
  if (other !== undefined) header.push(other.title);
  const rows = report.figures.map((figure) => {
    const before = other?.report.figures.find(({ name }) => name === figure.name);
    const row = [
      figure.name,
      show(figure.min),
      show(figure.median),
      show(figure.max),
      figure.unit,
      figure.reach ?? '',
      figure.peer === null ? '' : show(figure.peer),
      figure.peer === null ? '' : ratio(figure, figure.peer),
    ];
    if (other !== undefined) row.push(before === undefined ? '' : ratio(figure, before.median));
    return row;
  });
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd();
  const notes = report.figures.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]));
  const load = `  load average at the start of each run: ${report.loadAverage.join(' | ')}`;
  return [head, line(header), ...rows.map(line), ...notes, load].join('\n');
}
