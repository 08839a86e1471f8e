import type { Dispatcher } from '../../dispatcher/index.ts';
import type { LogEnds } from './log-ends.ts';

const LAG_REFRESH_MS = 15_000;
const REST_LOOK_MS = 1_000;
/** Consumers of a process look one after the other within this time: one question for all of them. A record in a resting partition waits for both. */
const SHARED_MS = 900;

/** Gives a dispatcher the end offsets of its logs: all of them now and then, for the lag; those that may rest, every second. */
export class EndWatch {
  private readonly dispatcher: Dispatcher;
  private readonly ends: LogEnds;
  private readonly timers: readonly NodeJS.Timeout[];

  constructor(dispatcher: Dispatcher, ends: LogEnds, restingTopics: readonly string[]) {
    this.dispatcher = dispatcher;
    this.ends = ends;
    this.timers = [
      setInterval(() => void this.refresh(), LAG_REFRESH_MS).unref(),
      ...restingTopics.map((topic) => setInterval(() => void this.look(topic), REST_LOOK_MS).unref()),
    ];
  }

  /** Updates the lag of held and idle partitions too: no fetch does. Never rejects. */
  async refresh(): Promise<void> {
    const topics = new Set(this.dispatcher.state().partitions.map(({ topic }) => topic));
    for (const topic of topics) await this.look(topic);
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async look(topic: string): Promise<void> {
    const { epoch } = this.dispatcher;
    const ends = await this.ends.read(topic, SHARED_MS).catch(() => null);
    // Asked before partitions came or went: the next look will do.
    if (this.dispatcher.epoch !== epoch) return;
    if (ends === null) this.dispatcher.wake(topic);
    else for (const [partition, end] of ends) this.dispatcher.noteLogEnd(topic, partition, end);
  }
}
