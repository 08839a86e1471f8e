/**
 * @param forMs so long a number that should fall may stay as it is, milliseconds
 * @returns what is told the number again and again, and tells whether it has not fallen for so long that it will not any more
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
