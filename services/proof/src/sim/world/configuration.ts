import { flowSettingsSchemaOf, type Truth } from '@entrepot/mapping';
import type { Configuration, TargetConnection } from '@entrepot/sink-runtime/core';
import type { Flow } from '@entrepot/store';
import { BRANCH, ERP, OUTLET, SHOP, type SimEntity, targetsOf, VENDOR } from '../models/records.ts';
import type { FulfilmentPlan } from '../plan/fulfilment.ts';
import type { Scenarios } from '../plan/scenarios.ts';
import type { SharedPlan } from '../plan/shared-products.ts';

type Listener = Parameters<Configuration['onConnectionChange']>[0];

/** Retries follow quickly, so that a run stays short. */
export const RETRY = { attempts: 20, firstDelayMs: 1_000, maxDelayMs: 20_000, waitingRecheckMs: 10_000 };

/**
 * What waits for the shop's orders goes on when it is told to: by itself after the end of a run. Where there are orders of another shop, whose
 * links release nobody, it looks again sooner.
 */
function retryOfMade({ outlet }: FulfilmentPlan) {
  return { ...RETRY, waitingRecheckMs: outlet.length > 0 ? 60_000 : 3_600_000 };
}

const SETTINGS = {
  order: flowSettingsSchemaOf('order').parse({ gate: { importOn: ['any'] }, retry: RETRY }),
  customer: flowSettingsSchemaOf('customer').parse({ retry: RETRY }),
  product: flowSettingsSchemaOf('product').parse({ retry: RETRY }),
};

/**
 * Connections and flows: everything from the shop to the ERP, customers also to the branch, and the ERP's products to the branch. Shared
 * products flow from the ERP to the shop, too.
 */
export class Settings {
  readonly connections = new Map<string, TargetConnection>();
  readonly flows = new Map<string, Flow>();
  readonly #listeners = new Set<Listener>();

  constructor(scenarios: Scenarios) {
    const { shared } = scenarios;
    for (const { id } of targetsOf(scenarios))
      this.connections.set(id, { id, label: id, vendor: VENDOR, active: true, accessRevision: 1, attention: null });
    const ways = [
      ['order', SHOP, ERP],
      ['customer', SHOP, ERP],
      ['customer', SHOP, BRANCH],
      ['product', SHOP, ERP],
      ['product', ERP, BRANCH],
      ...(shared === null ? [] : [['product', ERP, SHOP] as const]),
    ] as const;
    for (const [entity, from, to] of ways)
      this.#add(entity, from, to, { ...SETTINGS[entity], ...decideConflicts(shared, { entity, from, to }) });
    if (scenarios.fulfilment === null) return;
    const retry = retryOfMade(scenarios.fulfilment);
    this.#add('order', OUTLET, ERP, SETTINGS.order);
    for (const entity of ['shipment', 'invoice'] as const)
      this.#add(entity, ERP, SHOP, flowSettingsSchemaOf(entity).parse({ retry }));
  }

  #add(entity: SimEntity, from: string, to: string, settings: Flow['settings']): void {
    const id = `${entity}:${from}:${to}`;
    const revisions = { revision: 1, mappingRevision: 1 };
    const flow = { id, entity, from, to, tenant: 'default', active: true, settings, ...revisions };
    this.flows.set(id, { ...flow, problems: [], usable: true });
  }

  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  setAttention(id: string, attention: string | null): void {
    const before = this.connections.get(id);
    if (before === undefined || before.attention === attention) return;
    this.#change(before, { ...before, attention });
  }

  /** Sets new credentials. */
  renew(id: string): void {
    const before = this.connections.get(id);
    if (before !== undefined)
      this.#change(before, { ...before, attention: null, accessRevision: before.accessRevision + 1 });
  }

  #change(before: TargetConnection, after: TargetConnection): void {
    this.connections.set(after.id, after);
    for (const listener of [...this.#listeners]) listener(before, after);
  }
}

/** Of the two flows of shared products, the setting that says whose change counts. */
function decideConflicts(shared: SharedPlan | null, { entity, from, to }: Pick<Flow, 'entity' | 'from' | 'to'>) {
  const isOfBoth = entity === 'product' && to !== BRANCH;
  if (shared === null || shared.owners === null || !isOfBoth || !shared.saidBy.some((side) => side === from)) return {};
  const truths = Object.entries(shared.owners).map(([field, owner]): [string, Truth] => [
    field,
    owner === from ? 'source' : 'target',
  ]);
  return { sourceOfTruth: Object.fromEntries(truths) };
}
