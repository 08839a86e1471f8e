import type { Logger } from '@entrepot/service-kit';
import { type logCreator, logLevel } from 'kafkajs';

/**
 * kafkajs' log lines in ours. It calls "error" what it then repeats with success, so its levels go down by one; what matters is logged by
 * the publisher and the consumption themselves.
 */
export function forwardKafkaLog(log: Logger): logCreator {
  return () =>
    ({ level, namespace, log: { message, error, groupId, broker } }) => {
      const facts = { from: `kafkajs ${namespace}`, error, groupId, broker };
      // Each refused answer is one such line; the caller decides whether it is repeated or reported.
      const isAnswer = message.startsWith('Response ');
      if (level === logLevel.ERROR && !isAnswer) log.warn(facts, message);
      else log.debug(facts, message);
    };
}
