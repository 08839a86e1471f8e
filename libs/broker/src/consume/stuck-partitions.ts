import type { Dispatcher } from '../dispatcher/index.ts';
import type { MisplacedFetches } from './misplaced-fetches.ts';

const LOOK_AGAIN_MS = 5_000;

/**
 * Looks again at partitions whose next batch could not be decoded. They are paused meanwhile: the broker would answer their fetches immediately, over and
 * over. Whatever was in the way (the batch was deleted, another member's build can decode it) needs no restart to be noticed.
 */
export class StuckPartitions {
  private readonly dispatcher: Dispatcher;
  private readonly misplaced: MisplacedFetches;
  private readonly timer: NodeJS.Timeout;

  constructor(dispatcher: Dispatcher, misplaced: MisplacedFetches) {
    this.dispatcher = dispatcher;
    this.misplaced = misplaced;
    this.timer = setInterval(() => void this.lookAgain(), LOOK_AGAIN_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async lookAgain(): Promise<void> {
    for (const { topic, partition, undecodable } of this.dispatcher.state().partitions) {
      if (undecodable === null) continue;
      // The batch may be gone, and nothing have come since that a fetch could bring.
      await this.misplaced.followLog({ topic, partition }, null);
      this.dispatcher.lookAgain(topic, partition);
    }
  }
}
