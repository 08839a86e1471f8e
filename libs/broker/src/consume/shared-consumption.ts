import type { Consumption, ConsumptionState } from '../consumption.ts';

/** Several members of one group as one consumption. */
export class SharedConsumption implements Consumption {
  readonly groupId: string;
  readonly ready: Promise<void>;
  private readonly members: readonly Consumption[];

  constructor(members: readonly [Consumption, ...Consumption[]]) {
    this.groupId = members[0].groupId;
    this.members = members;
    this.ready = Promise.all(members.map(({ ready }) => ready)).then(() => undefined);
  }

  /** Passed to each: the one that has the partition, or gets it, holds it. */
  pause(topic: string, partition: number): void {
    for (const member of this.members) member.pause(topic, partition);
  }

  resume(topic: string, partition: number): void {
    for (const member of this.members) member.resume(topic, partition);
  }

  /** The member worst off speaks for the status. */
  state(): ConsumptionState {
    const states = this.members.map((member) => member.state());
    const statuses = states.map(({ status }) => status);
    const sum = (read: (state: ConsumptionState) => number): number =>
      states.reduce((total, state) => total + read(state), 0);
    const longest = (read: (state: ConsumptionState) => number | null): number | null => {
      const known = states.map(read).filter((ms) => ms !== null);
      return known.length === 0 ? null : Math.max(...known);
    };
    return {
      groupId: this.groupId,
      status:
        (['crashed', 'joining', 'rebalancing', 'consuming'] as const).find((status) => statuses.includes(status)) ??
        'stopped',
      epoch: sum(({ epoch }) => epoch),
      partitions: states.flatMap(({ partitions }) => partitions),
      running: sum(({ running }) => running),
      waiting: sum(({ waiting }) => waiting),
      sinceHeartbeatMs: longest(({ sinceHeartbeatMs }) => sinceHeartbeatMs),
      sinceFetchMs: longest(({ sinceFetchMs }) => sinceFetchMs),
      crashes: sum(({ crashes }) => crashes),
      crashCause: states.find(({ crashCause }) => crashCause !== null)?.crashCause ?? null,
    };
  }

  async stop(options?: { readonly deadlineMs?: number }): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop(options)));
  }
}
