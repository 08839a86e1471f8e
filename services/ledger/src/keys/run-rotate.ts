import type { KeyRotation, SealedCount } from '@entrepot/store';

const TELL_EVERY_MS = 1_000;

/** Prints what is sealed under which key, re-seals it unless only the plan is asked for, and prints its progress. @returns the exit code */
export async function runRotate(
  rotation: KeyRotation,
  planOnly: boolean,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<number> {
  tell(`From master key ${rotation.from} to ${rotation.to}:`);
  const before = await rotation.count();
  for (const line of before.map(describeCount)) tell(`  ${line}`);
  if (planOnly) return 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const unopened = await rotation.run({
    signal,
    report(progress) {
      if (performance.now() - toldAt < TELL_EVERY_MS) return;
      toldAt = performance.now();
      if ('waitsFor' in progress) tell(`  waits for ${progress.waitsFor}, which re-seals`);
      else tell(`  ${sumOf(progress, 'underPrevious')} of ${sumOf(before, 'underPrevious')} are still to be re-sealed`);
    },
  });
  const after = await rotation.count();
  for (const line of after.map(describeCount)) tell(`  ${line}`);
  for (const { connection, message, advice } of unopened) tell(`  ${connection}: ${message}; ${advice}`);
  if (unopened.length === 0) {
    tell(`Done: nothing is sealed under ${rotation.from} any more. The services may go on without the previous key.`);
    return 0;
  }
  tell(
    `Not done: ${sumOf(after, 'underPrevious')} under ${rotation.from} cannot be opened. Keep both keys, do what is advised, and run it again.`,
  );
  return 1;
}

function describeCount({ title, underCurrent, underPrevious, underOther }: SealedCount): string {
  const lost = underOther === 0 ? '' : `, ${underOther} under a key that is neither, which nothing opens`;
  return `${title}: ${underCurrent} under the key, ${underPrevious} under the previous one${lost}`;
}

function sumOf(counts: readonly SealedCount[], which: 'underCurrent' | 'underPrevious'): number {
  return counts.reduce((sum, count) => sum + count[which], 0);
}
