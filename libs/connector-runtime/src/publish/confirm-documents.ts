import { type Publisher, RecordTooLarge } from '@entrepot/broker';
import {
  type Confirmation,
  type ConfirmedDocument,
  formatConfirmation,
  isInTarget,
  isSameDocument,
  laneTopic,
} from '@entrepot/canonical';
import type { Connections, LinkDocument, Links } from '@entrepot/store';

export interface ConfirmerDeps {
  readonly vendor: string;
  readonly connections: Pick<Connections, 'find'>;
  readonly links: Pick<Links, 'findByReference'>;
  readonly publisher: Pick<Publisher, 'send'>;
  readonly metrics: { confirmed(connection: string, entity: string): void };
}

/**
 * Tells the lane of this connection of documents that carry our own references, where a link waits for them. Resolves when Kafka has
 * acknowledged all of it.
 */
export type ConfirmDocuments = (connection: string, documents: readonly ConfirmedDocument[]) => Promise<void>;

export function createConfirmer({ vendor, connections, links, publisher, metrics }: ConfirmerDeps): ConfirmDocuments {
  async function send(confirmation: Confirmation, partition: number): Promise<void> {
    try {
      await publisher.send(laneTopic(vendor), { ...formatConfirmation(confirmation), partition });
    } catch (error) {
      const { lines, ...document } = confirmation.document;
      if (!(error instanceof RecordTooLarge) || lines === undefined) throw error;
      // The next reading of the document supplies the lines.
      await send({ ...confirmation, document }, partition);
    }
  }

  async function confirmOne(to: string, partition: number, document: ConfirmedDocument): Promise<void> {
    for (const link of await links.findByReference(to, document.reference)) {
      if (!isAwaited(link, document)) continue;
      const { entity, sourceKey } = link;
      await send({ to, entity, sourceKey, document }, partition);
      metrics.confirmed(to, entity);
    }
  }

  return async (connection, documents) => {
    // Nothing is written into a connection without a lane.
    const partition = connections.find(connection)?.lanePartition ?? null;
    if (partition === null) return;
    await Promise.all(documents.map((document) => confirmOne(connection, partition, document)));
  };
}

/**
 * Whether the link has this document, and not as the target's yet: intended, unanswered, or accepted; or a change of it that the target has
 * accepted. A document whose acceptance is still
 * being noted is intended by then: the intent is written before anything is sent.
 */
function isAwaited({ documents }: LinkDocument, confirmed: ConfirmedDocument): boolean {
  const document = documents.find(
    (each) => each.externalRef === confirmed.reference && isSameDocument(each, confirmed),
  );
  return document !== undefined && (!isInTarget(document) || (document.accepted ?? null) !== null);
}
