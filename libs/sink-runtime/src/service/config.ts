import type { ConfigFields } from '@entrepot/service-kit';

/** Variables of every sink service, beside those of every process. */
export const SINK_CONFIG = {
  ENTREPOT_INSTANCE: {
    description:
      'identity of this process as owner of lanes; host and port unless set. A restarted process with the same identity takes its lanes back at once, so no two running ones may share it',
    type: 'string',
  },
  ENTREPOT_SINK_CONSUMERS: {
    description: 'Kafka consumers of this process; one for each 32 lane partitions unless set',
    type: 'integer',
    min: 1,
    max: 32,
  },
  ENTREPOT_LANE_LEASE_MS: {
    description: 'how long a lane stays with a process that was killed, before another one takes it',
    type: 'integer',
    default: 7_000,
    min: 1_000,
    max: 600_000,
  },
} as const satisfies ConfigFields;
