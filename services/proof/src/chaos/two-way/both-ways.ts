import type { Change } from '../../model-vendor/simulator/system.ts';
import type { SettlingBeside } from '../oracle/settle.ts';
import type { ChaosStack } from '../surroundings/chaos-stack.ts';
import { createChangeReader } from './changes.ts';
import { settleTwoWay } from './settle-two-way.ts';
import { prepareTwoWay, type TwoWayTraffic } from './traffic.ts';

/** Customers are fewer than the shop's orders: each is edited several times. */
const ORDERS_A_CUSTOMER = 6;

/** A run's part that plays in two systems, each the source and the target of the other. */
export interface BothWays extends TwoWayTraffic {
  /** How many customers are to be entered. */
  readonly planned: number;
  readonly settling: SettlingBeside;
  /** What people entered and edited so far, and what was written for that. */
  count(): Promise<{ customers: number; customerEdits: number; customerWrites: number }>;
}

/** @returns null for a stack without the two systems */
export function prepareBothWays(
  { bothWays, admin }: ChaosStack,
  wish: { readonly seed: number; readonly activeMs: number; readonly orders: number },
  tell: (line: string) => void,
): BothWays | null {
  if (bothWays === null) return null;
  const planned = Math.ceil(wish.orders / ORDERS_A_CUSTOMER);
  const readChanges = createChangeReader(bothWays.simulator);
  return {
    ...prepareTwoWay(bothWays.simulator, { ...wish, customers: planned }, tell),
    planned,
    settling: settleTwoWay(admin, readChanges),
    count: async () => countChanges(await readChanges()),
  };
}

function countChanges(changes: readonly Change[]) {
  const count = (by: Change['by'], action?: Change['action']): number =>
    changes.filter((change) => change.by === by && (action === undefined || change.action === action)).length;
  return {
    customers: count('person', 'create'),
    customerEdits: count('person', 'update'),
    customerWrites: count('api'),
  };
}
