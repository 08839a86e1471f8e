import { type Command, commandTopic } from '@entrepot/canonical';
import { Problem } from '../problem.ts';
import type { RecordMessage } from '../states/message.ts';
import { newTimeId } from '../store/documents.ts';
import type { RequestPorts } from './request-ports.ts';

/**
 * Asks a connector to fetch one record again, in any state of its last version.
 * @returns the command's id, once Kafka has acknowledged the command
 * @throws Problem 409 when the source connection is gone
 */
export async function refreshRecord(
  ports: Pick<RequestPorts, 'publisher' | 'vendorOf' | 'now'>,
  record: Pick<RecordMessage, 'connection' | 'entity' | 'sourceId'>,
  requestedBy: string,
  commandId: string = newTimeId(ports.now().getTime()),
): Promise<string> {
  const vendor = ports.vendorOf(record.connection);
  if (vendor === null) {
    throw new Problem(
      409,
      'source-gone',
      'Source connection is gone',
      `Connection "${record.connection}" does not exist any more, so its records cannot be fetched. Retry as-is sends the stored state.`,
    );
  }
  const command: Command = {
    commandId,
    type: 'refresh',
    connection: record.connection,
    entity: record.entity,
    sourceIds: [record.sourceId],
    requestedBy,
    atMicros: ports.now().getTime() * 1000,
  };
  await ports.publisher.send(commandTopic(vendor), {
    key: `${record.connection}/${record.sourceId}`,
    value: Buffer.from(JSON.stringify(command)),
  });
  return commandId;
}
