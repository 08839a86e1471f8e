import type { Bench, Figure } from './bench.ts';

/** The figures of all runs of one bench. */
export interface BenchReport {
  readonly bench: string;
  readonly title: string;
  readonly peer: string;
  /** Set when it could not be run. */
  readonly skipped?: string;
  /** Why a run broke off; the figures are those of the earlier runs. */
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

export function medianOf(values: readonly number[]): number {
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

/** Ratio in the direction of improvement: above 1 is better, for figures of either direction. */
function timesAsGood(better: Figure['better'], value: number, other: number): number {
  return better === 'more' ? value / other : other / value;
}

function showTimes(times: number): string {
  return Number.isFinite(times) ? `${times.toFixed(2)}×` : '';
}

/** A further column of the table, by figure. */
export interface Column {
  readonly title: string;
  cell(figure: FigureSummary): string;
}

/** The ratio to another report. */
export function ratioTo({ figures }: BenchReport, title: string): Column {
  return {
    title,
    cell: ({ name, better, median }) => {
      const other = figures.find((figure) => figure.name === name);
      return other === undefined ? '' : showTimes(timesAsGood(better, median, other.median));
    },
  };
}

/** The median of each pair's ratio, and the smallest and largest. */
export function ratiosOfPairs(ratios: ReadonlyMap<string, readonly number[]>, title: string): Column {
  return {
    title,
    cell: ({ name }) => {
      const times = (ratios.get(name) ?? []).filter(Number.isFinite);
      if (times.length < 2) return times.map(showTimes).join();
      return `${showTimes(medianOf(times))} (${showTimes(Math.min(...times))} to ${showTimes(Math.max(...times))})`;
    },
  };
}

/** The table for people. */
export function formatReport(report: BenchReport, column?: Column): string {
  const head = `\n${report.title} (${report.bench}; beside: ${report.peer})`;
  if (report.skipped !== undefined) return `${head}\n  skipped: ${report.skipped}`;
  const header = ['', 'min', 'median', 'max', 'unit', 'reach', 'peer', 'better'];
  if (column !== undefined) header.push(column.title);
  const rows = report.figures.map((figure) => {
    const row = [
      figure.name,
      show(figure.min),
      show(figure.median),
      show(figure.max),
      figure.unit,
      figure.reach ?? '',
      figure.peer === null ? '' : show(figure.peer),
      figure.peer === null ? '' : showTimes(timesAsGood(figure.better, figure.median, figure.peer)),
    ];
    if (column !== undefined) row.push(column.cell(figure));
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

/** @param theirs the figures measured beside `ours`, pair by pair; figures that only one of the two measures are omitted */
export function comparePairs(
  ours: readonly (readonly Figure[])[],
  theirs: readonly (readonly Figure[])[],
): ReadonlyMap<string, readonly number[]> {
  const ratios = new Map<string, number[]>();
  for (const [pair, figures] of ours.entries()) {
    for (const { name, better, value } of figures) {
      const other = theirs[pair]?.find((figure) => figure.name === name);
      if (other === undefined) continue;
      ratios.set(name, [...(ratios.get(name) ?? []), timesAsGood(better, value, other.value)]);
    }
  }
  return ratios;
}
