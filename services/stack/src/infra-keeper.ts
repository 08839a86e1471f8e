import { type OwnedPart, PART_TITLES, readLastWords } from '@entrepot/embedded';
import { computeRestartDelay } from './supervisor.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Starts a server again when it dies without having been asked to, and says so; ends once it is stopped for good. */
export function keepPartAlive(part: OwnedPart, onNote: (line: string) => void): void {
  const title = PART_TITLES[part.part];
  const keep = async (): Promise<void> => {
    let failures = 0;
    for (;;) {
      const { code, signal } = await part.child().exited;
      if (!part.isWanted()) return;
      failures += 1;
      const delayMs = computeRestartDelay(failures, FIRST_DELAY_MS, LONGEST_DELAY_MS);
      const words = readLastWords(part.child().logFile, 160);
      onNote(
        `${title} ended (${signal ?? `exit code ${code}`})${words === '' ? '' : `: ${words}`}. Starting it again in ${delayMs / 1000} s; its log: ${part.child().logFile}`,
      );
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!part.isWanted()) return;
      try {
        await part.start();
        failures = 0;
        onNote(`${title} is ready again.`);
      } catch (error) {
        onNote((error as Error).message);
      }
    }
  };
  void keep();
}
