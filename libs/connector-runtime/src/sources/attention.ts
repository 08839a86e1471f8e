import type { Logger } from '@entrepot/service-kit';
import type { Connections } from '@entrepot/store';
import { holdWhileUnavailable } from '../hold.ts';

/** What this process asks the operator to do about connections: one message per topic, shown together. */
export interface Attention {
  /** Raises the message of this topic, or clears it (null). Messages of other writers are never cleared. */
  raise(connection: string, topic: string, message: string | null): void;
  /** Settled by the operator, or replaced by new settings: a fault that remains may be raised again. */
  forget(connection: string): void;
}

/** @param signal ends what still waits for the database */
export function createAttention(
  connections: Pick<Connections, 'find' | 'setAttention'>,
  log: Logger,
  signal: AbortSignal,
): Attention {
  const raised = new Map<string, Map<string, string>>();
  let noting: Promise<void> = Promise.resolve();

  const describe = (connection: string): string | null => {
    const messages = new Set(raised.get(connection)?.values());
    return messages.size === 0 ? null : [...messages].join(' ');
  };
  const note = (connection: string, message: string | null): void => {
    const set = async (): Promise<void> => {
      // Settled or replaced while it waited: a fault that remains has been raised again by then.
      if (describe(connection) === message) await connections.setAttention(connection, message);
    };
    const onRetry = (err: unknown): void => log.warn({ err, connection }, 'attention could not be noted yet');
    // Writes one message after the other, so that the last one raised stays. Retries while the database is away:
    // otherwise the operator would never see the message.
    noting = noting
      .then(() => holdWhileUnavailable(set, { signal, onRetry }))
      .catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err, connection }, 'attention could not be noted');
      });
  };

  return {
    raise(connection, topic, message) {
      const before = describe(connection);
      const topics = raised.get(connection) ?? new Map<string, string>();
      raised.set(connection, topics);
      if (message === null) topics.delete(topic);
      else topics.set(topic, message);
      if (topics.size === 0) raised.delete(connection);
      const after = describe(connection);
      if (after === before) return;
      if (after === null) {
        const shown = connections.find(connection)?.attention ?? null;
        // Another writer has changed the message since: keep it.
        if (shown !== null && shown !== before) return;
      }
      note(connection, after);
    },
    forget: (connection) => void raised.delete(connection),
  };
}
