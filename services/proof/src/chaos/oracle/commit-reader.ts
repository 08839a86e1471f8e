import type { SandboxClient } from '../surroundings/sandbox-client.ts';
import type { Commit } from './verdict.ts';

const PAGE_SIZE = 5_000;

/**
 * Reads the company's append-only log of commits. Keeps what it has read: of a hundred thousand orders it requests only new entries.
 * @returns a function that returns all commits so far, in their order
 */
export function createCommitReader(sandbox: SandboxClient): () => Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  let reading: Promise<void> = Promise.resolve();

  async function readOn(): Promise<void> {
    for (;;) {
      const page = `_control/sap-b1/documents?after=${commits.length}&limit=${PAGE_SIZE}`;
      const { items } = await sandbox.get<{ items: Commit[] }>(page);
      commits.push(...items);
      if (items.length < PAGE_SIZE) return;
    }
  }
  return async () => {
    // One after the other: two concurrent reads would record a page twice.
    reading = reading.catch(() => undefined).then(readOn);
    await reading;
    return commits;
  };
}

/** @returns a function that returns the references of all orders with a document in the company; it visits each commit once */
export function createArrivalReader(
  readCommits: () => Promise<readonly Commit[]>,
): () => Promise<ReadonlySet<string | null>> {
  let looked = 0;
  const arrived = new Set<string | null>();
  return async () => {
    const commits = await readCommits();
    for (; looked < commits.length; looked += 1) {
      const commit = commits[looked];
      if (commit?.kind === 'Orders' && commit.action === 'create') arrived.add(commit.externalRef);
    }
    return arrived;
  };
}
