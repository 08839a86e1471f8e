/**
 * @param forMs maximum time without a decrease of the number, milliseconds
 * @returns a function that receives the number repeatedly and returns true once it has not decreased for that time
 */
export function watchForStandstill(forMs: number): (left: number) => boolean {
  let fewest = Number.POSITIVE_INFINITY;
  let fewestAt = performance.now();
  return (left) => {
    if (left < fewest) {
      fewest = left;
      fewestAt = performance.now();
    }
    return performance.now() - fewestAt > forMs;
  };
}
