import { spawnOwned, startReaper } from '../src/index.ts';

/** Starts a process that would run for ever, tells its pid, and waits to be killed itself. */
const reaper = startReaper();
const child = await spawnOwned(
  { name: 'sleeper', command: 'sleep', args: ['600'], logFile: process.argv[2] as string },
  reaper,
);
process.stdout.write(`${child.pid}\n`);
setInterval(() => {}, 1_000);
