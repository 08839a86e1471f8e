import type { LineMapping } from '@entrepot/vendor-kit';
import type { PlannedLine } from '../plan.ts';

/** A line before it has its number. */
export type LineDraft = Omit<PlannedLine, 'lineNum'>;

/**
 * Gives each row its LineNum: the one that its source line has in SAP already, of the same warehouse if there is one, so that the rows of
 * other places stay as they are when goods move; else the next free one. SAP numbers new rows in order from the highest.
 */
export function numberLines(drafts: readonly LineDraft[], lineMap: readonly LineMapping[]): PlannedLine[] {
  const free = [...lineMap];
  let next = Math.max(-1, ...lineMap.map(({ targetLine }) => Number(targetLine))) + 1;
  const take = (draft: LineDraft, fits: (known: LineMapping) => boolean): number | null => {
    const index = free.findIndex((known) => known.sourceLineId === draft.sourceLineId && fits(known));
    return index === -1 ? null : Number(free.splice(index, 1)[0]?.targetLine);
  };
  const inPlace = drafts.map((draft) => take(draft, (known) => known.place === placeOf(draft)));
  const known = drafts.map((draft, index) => inPlace[index] ?? take(draft, () => true));
  return drafts.map((draft, index) => {
    const lineNum = known[index] ?? next;
    if (lineNum === next) next += 1;
    return { ...draft, lineNum };
  });
}

export function mapLines(lines: readonly PlannedLine[]): LineMapping[] {
  return lines.map((line) => ({
    sourceLineId: line.sourceLineId,
    targetLine: String(line.lineNum),
    ...(line.fields.WarehouseCode === undefined ? {} : { place: placeOf(line) }),
  }));
}

function placeOf({ fields }: LineDraft): string | undefined {
  return fields.WarehouseCode === undefined ? undefined : String(fields.WarehouseCode);
}
