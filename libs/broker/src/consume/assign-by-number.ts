import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

/**
 * Gives partition n of every topic of a group to the same member. kafkajs's own assigner deals all partitions of all topics round the
 * members, which tears apart what belongs together: the live and the bulk lane of one target connection have one writer.
 */
export const assignByNumber: PartitionAssigner = ({ cluster }) => ({
  name: 'EntrepotByNumber',
  version: 0,
  async assign({ members, topics }) {
    const memberIds = members.map(({ memberId }) => memberId).sort();
    const assignments = new Map(memberIds.map((memberId) => [memberId, {} as Record<string, number[]>]));
    for (const topic of topics) {
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const own = assignments.get(memberIds[partitionId % memberIds.length] ?? '');
        if (own !== undefined) own[topic] = [...(own[topic] ?? []), partitionId];
      }
    }
    return [...assignments].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol: ({ topics }) => ({
    name: 'EntrepotByNumber',
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
});
