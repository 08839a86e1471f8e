import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { type ChaosStack, INITIAL_PASSWORD, SETTLE_MS } from '../surroundings/chaos-stack.ts';
import type { SandboxClient } from '../surroundings/sandbox-client.ts';
import type { DisturbanceName } from './plan.ts';

/** Of the company and of the model vendor's systems. */
const CREATE = [
  { method: 'POST', operation: 'Orders' },
  { method: 'POST', operation: 'customers' },
] as const;
const ANY_CALL = [{}, {}] as const;
/** Longer than any absence in a run. Without it, a ledger that never returns would keep the run from its verdict. */
const ROTATED_WITHIN_MS = 180_000;
const LASTS_MS = [2_000, 7_000] as const;
const LATE_MS = [2_200, SETTLE_MS - 600] as const;

type VendorFault = Record<string, unknown>;

/** Faults of the simulated company and of the model vendor's systems, by the name of the strike. */
const COMPANY_FAULTS: Partial<Record<DisturbanceName, (random: Random) => VendorFault>> = {
  'target 429': () => ({ type: 'status', code: 429, headers: { 'retry-after': '1' } }),
  'target 500': () => ({ type: 'status', code: 500 }),
  'target 502 HTML': () => ({ type: 'status', code: 502 }),
  'target silent': (random) => ({ type: 'commitLate', ms: random.integer(...LATE_MS), hang: true }),
  'target cut before commit': () => ({ type: 'cutBeforeCommit' }),
  'target cut after commit': () => ({ type: 'cutAfterCommit' }),
  'target commits late': (random) => ({ type: 'commitLate', ms: random.integer(...LATE_MS) }),
  'target slow drip': (random) => ({ type: 'slowDrip', ms: random.integer(...LATE_MS) }),
  'target session expired': () => ({ type: 'expiredSession' }),
  'target down': () => ({ type: 'down' }),
};

export interface VendorStrikes {
  /** @returns false when the strike does not concern a vendor */
  disturb(name: DisturbanceName, random: Random): Promise<boolean>;
  /** The company's present password. */
  password(): string;
  heal(): Promise<void>;
}

export function createVendorStrikes({ sandbox, bothWays, admin }: ChaosStack): VendorStrikes {
  let password = INITIAL_PASSWORD;
  let rotating: Promise<void> = Promise.resolve();

  async function disturbFor(side: SandboxClient, vendor: string, rule: unknown, forMs: number): Promise<void> {
    const { id } = await side.post<{ id: string }>(`_control/${vendor}/faults`, rule);
    await sleep(forMs);
    // Already removed when the end of the run has cleared all of them.
    await side.delete(`_control/${vendor}/faults/${id}`).catch(() => undefined);
  }

  /** The company's password changes and all sessions die; some seconds later an operator enters the new one. */
  async function rotate(random: Random): Promise<void> {
    password = `rotated-${random.integer(0, 1_000_000)}`;
    await sandbox.patch('_control/sap-b1/settings', { password });
    await sandbox.post('_control/sap-b1/sessions/expire');
    await sleep(random.integer(500, 4_000));
    const giveUpAt = Date.now() + ROTATED_WITHIN_MS;
    for (;;) {
      try {
        const { revision } = await admin.get<{ revision: number }>('/v1/connections/erp');
        await admin.patch('/v1/connections/erp', { revision, secrets: { password } });
        return;
      } catch (error) {
        // Ledger or database may be down at this moment: people try again.
        if (Date.now() > giveUpAt) throw error;
        await sleep(500);
      }
    }
  }

  return {
    disturb: async (name, random) => {
      const company = COMPANY_FAULTS[name];
      if (company !== undefined) {
        const [ofCompany, ofModel] = random.chance(0.5) ? CREATE : ANY_CALL;
        const rule = { fault: company(random), probability: random.pick([0.3, 0.6, 1]) };
        const forMs = random.integer(...LASTS_MS);
        await Promise.all([
          disturbFor(sandbox, 'sap-b1', { ...rule, match: ofCompany }, forMs),
          bothWays === null ? null : disturbFor(bothWays.simulator, 'model', { ...rule, match: ofModel }, forMs),
        ]);
        return true;
      }
      if (name === 'shop fails') {
        const fault = random.pick([{ type: 'status', code: 502 }, { type: 'status', code: 429 }, { type: 'down' }]);
        const rule = { fault, probability: random.pick([0.3, 1]) };
        await disturbFor(sandbox, 'shopify', rule, random.integer(...LASTS_MS));
        return true;
      }
      if (name !== 'credentials rotated') return false;
      // One after the other: two concurrent rotations would leave an unknown password.
      const rotation = rotating.then(() => rotate(random));
      rotating = rotation.catch(() => undefined);
      await rotation;
      return true;
    },
    password: () => password,
    heal: async () => {
      await sandbox.delete('_control/sap-b1/faults');
      await sandbox.delete('_control/shopify/faults');
      await bothWays?.simulator.delete('_control/model/faults');
      await rotating;
    },
  };
}
