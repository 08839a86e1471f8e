/** Latencies of one run, in milliseconds, kept one by one: a bench has some ten thousand of them. */
export class Histogram {
  private readonly values: number[] = [];
  private sorted = true;

  add(ms: number): void {
    this.values.push(ms);
    this.sorted = false;
  }

  get count(): number {
    return this.values.length;
  }

  /** The value that `share` (0 to 1) of all are not above; 0 when there are none. */
  percentile(share: number): number {
    if (!this.sorted) {
      this.values.sort((a, b) => a - b);
      this.sorted = true;
    }
    return this.values[Math.min(this.values.length - 1, Math.ceil(share * this.values.length) - 1)] ?? 0;
  }
}
