import type { Broker } from '@entrepot/broker';
import { readCpuMs, readRssMb } from './process-usage.ts';
import type { ChildProgram } from './programs.ts';

const POLL_MS = 50;
const TIMEOUT_MS = 300_000;

export interface Recording {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly rssMb: number;
}

export interface MeteredGroup {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Number of committed records that ends the measurement, over all topics. */
  readonly until: number;
  /** Records per measured unit: the figures are per unit. */
  readonly recordsAUnit?: number;
}

/** Rate between the first and the last commit of a group: a commit proves that the records are stored, and nothing else counts. */
export async function meterGroup(
  broker: Broker,
  { groupId, topics, until, recordsAUnit = 1 }: MeteredGroup,
  program: ChildProgram,
): Promise<Recording> {
  const readDone = async (): Promise<number> => {
    const committed = await Promise.all(topics.map((topic) => broker.committedOffsets(groupId, topic)));
    return committed.flatMap((offsets) => [...offsets.values()]).reduce((sum, offset) => sum + Number(offset), 0);
  };
  const before = await readDone();
  const deadline = performance.now() + TIMEOUT_MS;
  let first: { readonly atMs: number; readonly done: number; readonly cpuMs: number } | null = null;
  let rssMb = 0;
  for (;;) {
    const done = await readDone();
    rssMb = Math.max(rssMb, readRssMb(program.pid));
    if (done > before) first ??= { atMs: performance.now(), done, cpuMs: readCpuMs(program.pid) };
    if (first !== null && done >= until) {
      const units = Math.max(1, until - first.done) / recordsAUnit;
      const cpuMs = readCpuMs(program.pid) - first.cpuMs;
      const seconds = (performance.now() - first.atMs) / 1_000;
      return { perSecond: units / seconds, cpuMicros: (cpuMs * 1_000) / units, rssMb };
    }
    if (performance.now() > deadline)
      throw new Error(`${program.name} stored ${done} of ${until} records in ${TIMEOUT_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
