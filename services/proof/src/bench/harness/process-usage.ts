import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/<pid>/stat: fixed at 100 in Linux' interface to programs. */
const TICKS_PER_SECOND = 100;

/** CPU time a process has used since its start, in milliseconds (user and system); 0 when it is gone. */
export function readCpuMs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces; user and system time are the 14th and 15th field of the line.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Memory a process holds now, in megabytes (10⁶ bytes); 0 when it is gone. */
export function readRssMb(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kilobytes ?? 0) * 1_024) / 1e6;
  } catch {
    return 0;
  }
}

export interface NamedProcess {
  readonly name: string;
  readonly pid: number;
}

/** Starts a measurement; the returned function returns each process's CPU milliseconds since then. */
export function meterCpu(
  processes: readonly NamedProcess[],
): () => { readonly name: string; readonly cpuMs: number }[] {
  const before = processes.map(({ pid }) => readCpuMs(pid));
  return () => processes.map(({ name, pid }, index) => ({ name, cpuMs: readCpuMs(pid) - (before[index] ?? 0) }));
}

export function readLoadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
}
