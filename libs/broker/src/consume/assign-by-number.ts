import { AssignerProtocol, type GroupMember, type PartitionAssigner } from 'kafkajs';

const NAME = 'EntrepotByNumber';

/**
 * Gives partition n of every topic of a group to the same member. kafkajs's own assigner deals all partitions of all topics round the
 * members, which tears apart what belongs together: the live and the bulk lane of one target connection have one writer.
 *
 * A member keeps what it has as far as an equal distribution allows: each moved lane cuts off calls under way, so one replica more or less must
 * move no others than it has to.
 *
 * @param owned numbers this member has at the moment; sent along each time it joins
 */
export function assignByNumber(owned: () => readonly number[]): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: 0,
    async assign({ members, topics }) {
      const numbersByTopic = topics.map(
        (topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)] as const,
      );
      const count = Math.max(0, ...numbersByTopic.flatMap(([, numbers]) => numbers.map((number) => number + 1)));
      const claims = new Map(members.map((member) => [member.memberId, readClaims(member)]));
      return [...dealNumbers(count, claims)].map(([memberId, numbers]) => {
        const own = new Set(numbers);
        const assignment = Object.fromEntries(
          numbersByTopic.map(([topic, all]) => [topic, all.filter((number) => own.has(number))]),
        );
        return {
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment,
            userData: Buffer.alloc(0),
          }),
        };
      });
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: 0,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
  });
}

/**
 * Deals the numbers 0 to `count - 1`: no member gets more than one more than another, and of what a member claims it keeps as much as that
 * allows. Two that claim the same number (one was out of the group for a while): the first by name has it.
 */
export function dealNumbers(
  count: number,
  claims: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, readonly number[]> {
  const dealt = new Map([...claims.keys()].sort().map((member) => [member, [] as number[]]));
  const free = new Set(Array.from({ length: count }, (_, number) => number));
  const least = Math.floor(count / Math.max(1, dealt.size));
  let oneMore = count - least * dealt.size;
  for (const [member, own] of dealt) {
    for (const number of [...(claims.get(member) ?? [])].sort((a, b) => a - b)) {
      if (!free.has(number) || own.length > least || (own.length === least && oneMore === 0)) continue;
      if (own.length === least) oneMore -= 1;
      own.push(number);
      free.delete(number);
    }
  }
  for (const number of free) {
    const [, fewest] = [...dealt].reduce((best, next) => (next[1].length < best[1].length ? next : best));
    fewest.push(number);
  }
  return dealt;
}

/** Empty for a member of an earlier release, which sends nothing, and for data that cannot be read. */
function readClaims({ memberMetadata }: GroupMember): number[] {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
    const claims: unknown = JSON.parse(userData?.toString() || '[]');
    return Array.isArray(claims) ? claims.filter((claim) => Number.isInteger(claim)) : [];
  } catch {
    return [];
  }
}
