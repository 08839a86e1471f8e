import type { ConfigFields } from '@entrepot/service-kit';

/** What every connector is told by its environment, beside what every process is. */
export const CONNECTOR_CONFIG = {
  ENTREPOT_POLL_INTERVAL_SECONDS: {
    description:
      "time between reconciliation polls of connections that set none of their own; the vendor's default when left out",
    type: 'integer',
    min: 1,
  },
  ENTREPOT_REPUBLISH_PER_SECOND: {
    description:
      'states that are published once more a second, after an upgrade that brought a newer version of a schema',
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 100,
  },
  ENTREPOT_WEBHOOK_BYTES_IN_FLIGHT: {
    description: 'bytes of webhooks that are being received at once; beyond it they are answered 503 and come again',
    type: 'integer',
    min: 16 * 1024 * 1024,
    default: 64 * 1024 * 1024,
  },
} as const satisfies ConfigFields;
