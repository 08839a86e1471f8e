import { type OwnedPart, PART_TITLES, readLastWords } from '@entrepot/embedded';
import { createBackoff } from '@entrepot/service-kit/backoff';

const RESTART = { firstMs: 1_000, longestMs: 30_000 } as const;

/** Starts a server again when it dies without having been asked to, and says so; ends once it is stopped for good. */
export function keepPartAlive(part: OwnedPart, onNote: (line: string) => void): void {
  const title = PART_TITLES[part.part];
  const keep = async (): Promise<void> => {
    const backoff = createBackoff(RESTART);
    for (;;) {
      const { code, signal } = await part.child().exited;
      if (!part.isWanted()) return;
      const delayMs = backoff.next();
      const words = readLastWords(part.child().logFile, 160);
      onNote(
        `${title} ended (${signal ?? `exit code ${code}`})${words === '' ? '' : `: ${words}`}. Starting it again in ${delayMs / 1000} s; its log: ${part.child().logFile}`,
      );
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!part.isWanted()) return;
      try {
        await part.start();
        backoff.reset();
        onNote(`${title} is ready again.`);
      } catch (error) {
        onNote((error as Error).message);
      }
    }
  };
  void keep();
}
