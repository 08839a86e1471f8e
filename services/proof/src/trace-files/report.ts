import type { Trace, TracedFile } from './trace-order.ts';

/** Maximum length of a source file. */
export const MAX_LINES = 300;

/** Each file once, for all services that execute it. */
function unite(trace: Trace): readonly TracedFile[] {
  return [...new Map([...trace.values()].flat().map((file) => [file.path, file])).values()];
}

export function countAll(trace: Trace): { readonly files: number; readonly lines: number } {
  return count(unite(trace));
}

export function listTooLong(trace: Trace): readonly TracedFile[] {
  return unite(trace).filter(({ lines }) => lines > MAX_LINES);
}

/** @param list also name the files, package by package */
export function formatTrace(title: string, trace: Trace, list: boolean): string {
  const rows = [...trace, ['in all', unite(trace)] as const];
  const table = rows.map(([name, files]) => {
    const { files: many, lines } = count(files);
    return `  ${name.padEnd(20)}${String(many).padStart(5)} files${String(lines).padStart(8)} lines`;
  });
  const named = unite(trace)
    .toSorted((a, b) => a.path.localeCompare(b.path))
    .map(({ path, lines }) => `${String(lines).padStart(5)} ${path}`);
  return [`One order in ${title}, files of which a function ran:`, ...table, ...(list ? named : [])].join('\n');
}

function count(files: readonly TracedFile[]): { readonly files: number; readonly lines: number } {
  return { files: files.length, lines: files.reduce((sum, { lines }) => sum + lines, 0) };
}
