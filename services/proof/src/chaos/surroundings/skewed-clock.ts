/**
 * Loaded into a service before anything else (`--import`): its wall clock is wrong by the milliseconds in the file that CHAOS_CLOCK_FILE
 * names. Without the file the clock is right. Monotonic clocks (`performance.now`, timers) are never wrong.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 200;

const TrueDate = Date;
let offsetMs = 0;

class SkewedDate extends TrueDate {
  constructor(...given: [] | ConstructorParameters<DateConstructor>) {
    if (given.length === 0) super(SkewedDate.now());
    else super(...given);
  }

  static override now(): number {
    return TrueDate.now() + offsetMs;
  }
}

function readOffset(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

const file = process.env.CHAOS_CLOCK_FILE;
if (file !== undefined) {
  offsetMs = readOffset(file);
  setInterval(() => {
    offsetMs = readOffset(file);
  }, LOOK_EVERY_MS).unref();
  globalThis.Date = SkewedDate as DateConstructor;
}
