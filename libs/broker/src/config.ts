import type { ConfigFields } from '@entrepot/service-kit';
import { DEFAULT_MAX_RECORD_BYTES, LEAST_MAX_RECORD_BYTES, MAX_RECORD_BYTES_CEILING } from './record-size.ts';

/** Environment variables of every service that uses Kafka. */
export const BROKER_CONFIG = {
  KAFKA_BROKERS: { description: 'Kafka bootstrap servers, host:port', type: 'list', required: true },
  ENTREPOT_MAX_RECORD_BYTES: {
    description:
      'the largest record, key and headers included; the same for all services. Topics are made, and raised, to take it',
    type: 'integer',
    default: DEFAULT_MAX_RECORD_BYTES,
    min: LEAST_MAX_RECORD_BYTES,
    max: MAX_RECORD_BYTES_CEILING,
  },
} as const satisfies ConfigFields;
