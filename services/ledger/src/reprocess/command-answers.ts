import type { CommandReport } from '@entrepot/canonical';
import type { Delivery } from '../states/delivery.ts';
import { abandon, advance } from '../states/transitions.ts';
import type { LedgerStore, OperationState } from '../store/collections.ts';

export interface CommandAnswersPorts {
  readonly store: LedgerStore;
  /** Sends a claimed delivery to its lane. */
  send(delivery: Delivery): Promise<Delivery | null>;
  now(): Date;
}

/** Handles a connector's answer to a refresh that an operator asked for. The command's id is the operation's. */
export class CommandAnswers {
  private readonly ports: CommandAnswersPorts;

  constructor(ports: CommandAnswersPorts) {
    this.ports = ports;
  }

  /** @returns the changed delivery, or null when no delivery waits for this answer (any more) */
  async apply(report: CommandReport): Promise<Delivery | null> {
    const operation = await this.ports.store.operations.findOne({ _id: report.commandId });
    if (operation === null) return null;
    const delivery = await this.ports.store.deliveries.findOne({ _id: operation.deliveryId });
    if (delivery?.outstanding?.operationId !== report.commandId) {
      // It ended meanwhile (the new version was faster than this answer, or an operator discarded it): the operation ends too.
      if (operation.state === 'requested') await this.note(report.commandId, endOf(report), describe(report));
      return null;
    }
    if (delivery.outstanding.stage !== 'refreshing') return null;
    if (report.result === 'unchanged') return this.sendStored(delivery, report);
    await this.note(report.commandId, endOf(report), describe(report));
    // A new version travels the public way: its own delivery supersedes this one.
    return this.ports.store.changes.deliveries.update(delivery._id, (current) =>
      current === null ? null : abandon(current, report.commandId, this.ports.now()),
    );
  }

  private async sendStored(delivery: Delivery, report: CommandReport): Promise<Delivery | null> {
    const { commandId } = report;
    const claimed = await this.ports.store.changes.deliveries.update(delivery._id, (current) =>
      current === null
        ? null
        : advance(current, commandId, { stage: 'sending', sinceMs: this.ports.now().getTime() }, this.ports.now()),
    );
    if (claimed?.outstanding?.operationId !== commandId) {
      // A newer version superseded it at this moment: no other path ends the operation.
      await this.note(commandId, endOf(report), describe(report));
      return claimed;
    }
    await this.note(commandId, 'running', 'unchanged at the source: sending the stored state again');
    return this.ports.send(claimed);
  }

  private async note(operationId: string, state: OperationState, result: string): Promise<void> {
    await this.ports.store.changes.operations.update(operationId, (current) =>
      current === null ? null : { ...current, state, result, updatedAt: this.ports.now() },
    );
  }
}

function endOf(report: CommandReport): OperationState {
  return report.result === 'new-version' || report.result === 'unchanged' ? 'succeeded' : 'failed';
}

function describe(report: CommandReport): string {
  switch (report.result) {
    case 'unchanged':
      return 'unchanged at the source; the delivery had ended by then, so nothing was sent again';
    case 'new-version':
      return `the source has a newer state: published as version ${report.version ?? '?'} and delivered in place of this one`;
    case 'not-found':
      return 'the record does not exist at the source any more';
    case 'unmapped':
      return `the record could not be mapped: ${report.error?.message ?? 'no reason given'}`;
    default:
      return `the connector could not fetch it: ${report.error?.message ?? 'no reason given'}`;
  }
}
