/**
 * The reaper: a tiny process that outlives its parent by a moment. The parent writes `+<pid>` and `-<pid>` lines; when the
 * pipe closes, whatever the parent's end was (kill -9 included), every process group still on the list is ended.
 */
const GRACE_MS = 8_000;
const POLL_MS = 100;
const watched = new Set<number>();
let pending = '';

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

function endAll(): void {
  // A watched process may already have ended: then its group is gone, and the poll below takes it off the list.
  for (const pid of watched) signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + GRACE_MS;
  const timer = setInterval(() => {
    for (const pid of watched) {
      if (!signalGroup(pid, 0)) watched.delete(pid);
      else if (Date.now() > deadline) signalGroup(pid, 'SIGKILL');
    }
    if (watched.size === 0) clearInterval(timer);
  }, POLL_MS);
}

// A Ctrl-C goes to the whole terminal group: the parent decides what it means, never this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (pending + chunk).split('\n');
  pending = lines.pop() ?? '';
  for (const line of lines) {
    const pid = Number(line.slice(1));
    if (!Number.isInteger(pid) || pid <= 1) continue;
    if (line.startsWith('+')) watched.add(pid);
    else watched.delete(pid);
  }
});
process.stdin.on('end', endAll);
process.stdin.on('error', endAll);
