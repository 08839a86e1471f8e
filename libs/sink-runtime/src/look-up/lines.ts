import type { LineMapping } from '@entrepot/vendor-kit';

/**
 * Reads a line map backwards: source and target change places. A target line of several source lines, or the reverse, keeps all its pairs. The
 * place is left out: it says where goods are in what was the target.
 */
export function invertLines(lines: readonly LineMapping[]): LineMapping[] {
  return lines.map(({ sourceLineId, targetLine }) => ({ sourceLineId: targetLine, targetLine: sourceLineId }));
}
