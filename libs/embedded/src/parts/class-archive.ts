import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Java } from '../downloads/tools.ts';
import type { OwnedChild } from '../processes/child.ts';

/** How long a server may take to end when it writes its archive first: seconds, and more on a busy machine. */
const WRITES_WITHIN_MS = 30_000;

/** What is older was left by a run whose starter was killed, and which nobody followed to its end. */
const LEFT_AFTER_MS = 24 * 3_600_000;

/** What the JVM reads classes from, or writes them to. */
export interface ClassArchive {
  /** Options of the JVM. */
  readonly options: readonly string[];
  /** Keeps what the process writes as it ends. @returns the process, which may take as long to end as that takes */
  follow(child: OwnedChild): OwnedChild;
}

/**
 * The classes of a server as its JVM has loaded and checked them before: mapped into memory, they spare half of the processor time of a start.
 * Lies beside the jars, for this build of Java alone: another one cannot read it. Where there is none, the server writes one as it ends; a
 * server that is killed writes none.
 */
export function openClassArchive(folder: string, { build }: Java): ClassArchive {
  removeLeftovers(folder);
  const file = join(folder, `classes-${build}.jsa`);
  // What makes an archive unusable costs time alone: no word of it belongs into the server's log.
  const quiet = '-Xlog:cds*=off';
  if (existsSync(file)) return { options: [quiet, `-XX:SharedArchiveFile=${file}`], follow: (child) => child };
  const partial = `${file}.${randomUUID()}.partial`;
  return {
    options: [quiet, `-XX:ArchiveClassesAtExit=${partial}`],
    follow(child) {
      void child.exited.then(({ signal }) => {
        if (!existsSync(partial)) return;
        if (signal === null) renameSync(partial, file);
        else rmSync(partial, { force: true });
      });
      return { ...child, stop: (graceMs = WRITES_WITHIN_MS) => child.stop(graceMs) };
    },
  };
}

function removeLeftovers(folder: string): void {
  const partials = readdirSync(folder).filter((name) => /\.jsa\..*\.partial$/.test(name));
  for (const path of partials.map((name) => join(folder, name)))
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN) > LEFT_AFTER_MS)
      rmSync(path, { force: true });
}
