import { openKeyRotation, parseMasterKey } from '../src/index.ts';
import { breakWriteAt } from './break-writes.ts';

/** A process of its own that rotates the master key and is killed right before one of its writes. */
const { MONGODB_URI = '', DATABASE = '', POSITION = '', LEASE_MS = '', KEY = '', PREVIOUS_KEY = '' } = process.env;
const rotation = await openKeyRotation(
  { uri: MONGODB_URI, database: DATABASE, longestCallMs: 0 },
  { current: parseMasterKey(KEY, 'key'), previous: parseMasterKey(PREVIOUS_KEY, 'previous key') },
);
breakWriteAt(Number(POSITION), () => process.kill(process.pid, 'SIGKILL'));
await rotation.run({ leaseMs: Number(LEASE_MS) });
await rotation.close();
