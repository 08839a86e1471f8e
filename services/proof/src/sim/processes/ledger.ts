import {
  type AttemptReport,
  CONFIRMATION_OVERDUE,
  type ConfirmedReport,
  isInTarget,
  type Report,
  type RoutedReport,
} from '@entrepot/canonical';
import {
  advance,
  appearedKeysOf,
  applyAttempt,
  applyRouting,
  awaitsConfirmation,
  begin,
  confirm,
  type Delivery,
  endByHand,
  FAILING_STATES,
  findConfirmed,
  isFinal,
  type Outstanding,
  type RetryRules,
  release,
  supersede,
} from '@entrepot/ledger/states';
import { linkId, showsAwaited } from '@entrepot/store';
import type { SimProcess } from '../infrastructure/process.ts';
import { ERP, SHOP } from '../models/records.ts';
import { RETRY } from '../world/configuration.ts';
import type { World } from '../world/world.ts';
import { sendToLane } from './ledger-lane.ts';
import { ReportStream, reachLedger } from './report-stream.ts';

const TICK_MS = 1_000;
const UNANSWERED_MS = 30_000;
/** Until a person looks at what needs one. */
const PERSON_MS = 4_000;

/**
 * The ledger's documents, and the work of its processes on them. The transitions are the product's; the queries around them replace
 * MongoDB's.
 */
export class Ledger {
  readonly deliveries = new Map<string, Delivery>();
  /** Event id → content with which an operator replaced the published one. */
  readonly corrections = new Map<string, string>();
  readonly #streams: readonly ReportStream[];
  readonly #world: World;
  #operations = 0;

  constructor(world: World) {
    this.#world = world;
    const isOfErp = (report: Report): boolean => 'connection' in report && report.connection === ERP;
    // Two partitions where records of one system wait for those of another one: the waits are often told after what ends them.
    this.#streams =
      world.plan.scenarios.fulfilment === null
        ? [new ReportStream(world, () => true, 0)]
        : [new ReportStream(world, isOfErp, 0.5), new ReportStream(world, (report) => !isOfErp(report), 0)];
  }

  get isDone(): boolean {
    if (!this.#hasReadAll) return false;
    return [...this.deliveries.values()].every(({ state, outstanding }) => isFinal(state) && outstanding === null);
  }

  get #hasReadAll(): boolean {
    return this.#streams.every(({ isDone }) => isDone);
  }

  /** Runs the ledger in a process until the process dies. */
  start(process: SimProcess): void {
    for (const stream of this.#streams)
      void stream
        .ingestForEver(process, [(report) => this.#apply(report), (report) => this.#follow(report)])
        .catch((error: unknown) => this.#world.blame(`the ledger broke down: ${String(error)}`));
    const tick = (): void => {
      void this.#sendDue(process).then(
        () => process.later(TICK_MS, tick),
        (error: unknown) => {
          if (!(error instanceof Error && 'retriable' in error))
            this.#world.blame(`the scheduler broke down: ${String(error)}`);
          process.later(TICK_MS, tick);
        },
      );
    };
    tick();
  }

  /** An operator corrects the newest finished delivery of an order, and sends it: same version, other content. */
  async correct(process: SimProcess, sourceId: string, content: string): Promise<void> {
    const all = [...this.deliveries.values()].filter(
      (delivery) => delivery.sourceId === sourceId && delivery.from === SHOP,
    );
    const newest = all.reduce<Delivery | null>((a, b) => (a === null || b.version > a.version ? b : a), null);
    if (newest === null || newest.outstanding !== null || !['delivered', 'verified'].includes(newest.state)) return;
    this.corrections.set(newest.eventId, content);
    const claimed = this.#update(newest._id, (current) =>
      begin(current, this.#operation('as-is', current), this.#now()),
    );
    if (claimed !== null) await this.#send(process, claimed).catch(() => {});
  }

  #apply(report: Report): void {
    if (report.kind === 'routed') this.#applyRouted(report);
    if (report.kind === 'attempt')
      this.#put(
        applyAttempt(this.deliveries.get(report.deliveryId) ?? null, report, this.#rulesOf(report), this.#now()),
      );
  }

  #rulesOf({ flow }: AttemptReport): RetryRules {
    return this.#world.configuration.flows.get(flow)?.settings.retry ?? RETRY;
  }

  #applyRouted(report: RoutedReport): void {
    for (const decision of report.decisions)
      this.#put(applyRouting(this.deliveries.get(decision.deliveryId) ?? null, report, decision, this.#now()));
  }

  /** Applies the consequences of a report for other deliveries. */
  async #follow(report: Report): Promise<void> {
    if (report.kind === 'routed') {
      for (const { deliveryId } of report.decisions) {
        const delivery = this.deliveries.get(deliveryId);
        if (delivery !== undefined && isFinal(delivery.state)) this.#overtakeOlder(delivery);
      }
    }
    if (report.kind === 'attempt') await this.#followAttempt(report);
    if (report.kind === 'confirmed') this.#followConfirmed(report);
  }

  #followConfirmed(report: ConfirmedReport): void {
    const { entity, connection, sourceId, to, document } = report;
    for (const open of this.deliveries.values())
      if (open.from === connection && open.sourceId === sourceId && open.to === to && open.entity === entity)
        this.#put(confirm(open, document, this.#now()));
    this.#releaseWaiting(report);
  }

  /** The document may have been confirmed while its acceptance was on its way here. */
  #confirmIfLinked(delivery: Delivery): void {
    if (!awaitsConfirmation(delivery)) return;
    const { to, entity, from, sourceId, documents } = delivery;
    const link = this.#world.links.links.get(linkId({ target: to, entity, sourceKey: `${from}/${sourceId}` }));
    const document = findConfirmed(documents, link?.documents ?? []);
    if (document !== null) this.#put(confirm(delivery, document, this.#now()));
  }

  async #followAttempt(report: AttemptReport): Promise<void> {
    const delivery = this.deliveries.get(report.deliveryId);
    if (delivery === undefined) return;
    if (report.outcome !== 'superseded') this.#overtakeOlder(delivery);
    this.#confirmIfLinked(delivery);
    if (report.documents.some(isInTarget)) this.#releaseWaiting(report);
    if (delivery.state === 'waiting') await this.#releaseIfPresent(delivery);
  }

  /** The counterpart may have appeared while the wait for it was on its way here. Other waits soon end by themselves. */
  async #releaseIfPresent(delivery: Delivery): Promise<void> {
    for (const awaited of delivery.waitingOn.filter(({ counterpart }) => counterpart)) {
      if (!(await showsAwaited(this.#world.links, delivery, awaited))) continue;
      this.#update(delivery._id, (current) => release(current, this.#now()));
      return;
    }
  }

  #releaseWaiting(report: AttemptReport | ConfirmedReport): void {
    const keys = appearedKeysOf(report);
    for (const waiting of this.deliveries.values())
      if (waiting.state === 'waiting' && waiting.waitingKeys.some((key) => keys.includes(key)))
        this.#put(release(waiting, this.#now()));
  }

  #overtakeOlder({ from, sourceId, flow, version }: Delivery): void {
    for (const older of this.deliveries.values()) {
      if (older.from !== from || older.sourceId !== sourceId || older.flow !== flow || older.endedAt !== null) continue;
      this.#put(supersede(older, version, 'a newer version', this.#now()));
    }
  }

  async #sendDue(process: SimProcess): Promise<void> {
    const now = this.#now();
    for (const { _id, nextAttemptAt, outstanding } of [...this.deliveries.values()]) {
      if (nextAttemptAt === null || nextAttemptAt > now || outstanding !== null) continue;
      const claimed = await reachLedger(this.#world, process, () =>
        this.#update(_id, (current) =>
          current.outstanding !== null || current.nextAttemptAt === null
            ? current
            : begin(current, this.#operation('automatic', current), this.#now()),
        ),
      );
      if (claimed !== null) await this.#send(process, claimed);
    }
    for (const delivery of [...this.deliveries.values()]) {
      if (this.#isLost(delivery)) await this.#sendAgain(process, delivery);
      if (this.#needsPerson(delivery)) await this.#retry(process, delivery);
    }
  }

  #needsPerson({ state, outstanding, updatedAt }: Delivery): boolean {
    return FAILING_STATES.includes(state) && outstanding === null && +updatedAt + PERSON_MS < +this.#now();
  }

  /** A person has looked at it; of what is overdue, only some look for it in the target first, as the error advises. */
  async #retry(process: SimProcess, { _id, from, sourceId, documents, reasonCode }: Delivery): Promise<void> {
    const looks = reasonCode === CONFIRMATION_OVERDUE && this.#world.random.chance(0.7);
    const taken = documents.filter(({ draft }) => draft).map(({ externalRef }) => externalRef);
    const createAnew = looks ? taken.filter((reference) => !this.#world.erp.enterByHand(reference)) : [];
    if (looks && createAnew.length === 0) return;
    if (looks && this.#world.source(from).current('order', sourceId).cancelled) {
      // Nobody sends an order again that was cancelled meanwhile.
      this.#update(_id, (current) => endByHand(current, 'discarded', 'a person', 'cancelled in the shop', this.#now()));
      return;
    }
    const claimed = await reachLedger(this.#world, process, () =>
      this.#update(_id, (current) =>
        this.#needsPerson(current)
          ? begin(current, { ...this.#operation('as-is', current), createAnew }, this.#now())
          : current,
      ),
    );
    if (claimed !== null && claimed.outstanding !== null) await this.#send(process, claimed);
  }

  /** Claimed and not sent, or passed by its lane without an outcome, though every report is ingested. */
  #isLost({ outstanding }: Delivery): boolean {
    if (outstanding === null || outstanding.sinceMs > this.#now().getTime() - UNANSWERED_MS) return false;
    if (outstanding.stage === 'sending') return true;
    const { lane } = outstanding;
    if (lane === null || !this.#hasReadAll) return false;
    return this.#world.groups.lane.committed(lane) > BigInt(lane.offset);
  }

  async #sendAgain(process: SimProcess, { _id, outstanding }: Delivery): Promise<void> {
    const claimed = await reachLedger(this.#world, process, () =>
      this.#update(_id, (current) =>
        advance(current, outstanding?.operationId ?? '', { sinceMs: this.#now().getTime() }, this.#now()),
      ),
    );
    if (claimed !== null) await this.#send(process, claimed);
  }

  async #send(process: SimProcess, delivery: Delivery): Promise<void> {
    const { outstanding } = delivery;
    if (outstanding === null) return;
    const correction = this.corrections.get(delivery.eventId) ?? null;
    const lane = await sendToLane(this.#world, process, delivery, outstanding, correction);
    if (lane === null) return;
    await reachLedger(this.#world, process, () =>
      this.#update(delivery._id, (current) =>
        advance(current, outstanding.operationId, { stage: 'sent', lane, sinceMs: this.#now().getTime() }, this.#now()),
      ),
    );
  }

  #operation(mode: 'automatic' | 'as-is', { attemptCount }: Delivery): Outstanding {
    this.#operations += 1;
    return {
      operationId: `operation-${this.#operations}`,
      mode,
      stage: 'sending',
      attempt: attemptCount + 1,
      // As the product has it: what an operator asks for is sent, though nothing has changed.
      force: mode === 'as-is',
      bulk: this.#world.random.chance(0.2),
      requestedBy: 'simulation',
      sinceMs: this.#now().getTime(),
      lane: null,
    };
  }

  #update(id: string, change: (current: Delivery) => Delivery): Delivery | null {
    const current = this.deliveries.get(id);
    return current === undefined ? null : this.#put(change(current));
  }

  #put(delivery: Delivery): Delivery {
    this.deliveries.set(delivery._id, delivery);
    return delivery;
  }

  #now(): Date {
    return new Date(this.#world.clock.monotonicMs());
  }
}
