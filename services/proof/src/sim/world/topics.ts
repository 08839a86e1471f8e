import { ATTEMPT_TOPIC, bulkLaneTopic, entityTopic, inboxTopic, laneTopic } from '@entrepot/canonical';
import { SIM_ENTITIES, type TargetPlace, VENDOR } from '../models/records.ts';

export function bulkLane(): string {
  return bulkLaneTopic(VENDOR);
}

export const ENTITY_TOPICS: readonly string[] = SIM_ENTITIES.map(entityTopic);
export const LANE_TOPICS: readonly string[] = [laneTopic(VENDOR), bulkLaneTopic(VENDOR)];
export const INBOX_TOPIC = inboxTopic(VENDOR);

/** The topics of the simulated broker, with their partitions: a lane for each of the targets. */
export function describeTopics(targets: readonly TargetPlace[]): Readonly<Record<string, number>> {
  return {
    [INBOX_TOPIC]: 2,
    ...Object.fromEntries(ENTITY_TOPICS.map((topic) => [topic, 2])),
    ...Object.fromEntries(LANE_TOPICS.map((topic) => [topic, targets.length])),
    [ATTEMPT_TOPIC]: 1,
  };
}
