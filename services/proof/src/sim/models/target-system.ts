import {
  type CallContext,
  type DocumentKey,
  type FoundDocument,
  type LineMapping,
  type PlannedDocument,
  VendorError,
} from '@entrepot/vendor-kit';
import type { Conditions } from '../infrastructure/conditions.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import type { TargetFault } from '../plan/plan.ts';
import { ERP, limitsOf } from './records.ts';
import { SharedProducts, type SharedRow } from './shared-products.ts';
import {
  isTwin,
  keep,
  nameOf,
  numberLines,
  type Plan,
  show,
  showLines,
  type TargetDocument,
  tagOf,
} from './target-document.ts';

/** Maximum time until an abandoned request commits: below what the target declares. */
const LATEST_COMMIT_MS = 4_500;
const TIMEOUT_MS = 1_000;
/** Longer than a share of a budget is leased. */
const SETTLED_MS = 10_000;

interface TargetConditions extends Conditions {
  loseDatabase(forMs: number): void;
  /** The ERP has entered an order that it had taken. */
  noteEntered(document: TargetDocument): void;
  /** The ERP has an order. */
  noteOrder(): void;
  /** A person or a write of ours has changed a shared product. */
  noteShared(system: string, row: SharedRow): void;
  drawTargetFault(system: string, operation: string): TargetFault | null;
}

/** A system, and one process's way to it. */
export interface TargetClient {
  readonly system: TargetSystem;
  request<T>(operation: string, call: CallContext, effect: () => T): Promise<T>;
  /** Sends a write that must not run beside another one of the same turn: the lane sees to that, as long as it is one process's. */
  inTurn<T>(turn: string, call: CallContext, send: () => Promise<T>): Promise<T>;
}

/** A target system: its documents, and every commit ever made to it, in order. */
export class TargetSystem {
  readonly name: string;
  readonly documents: TargetDocument[] = [];
  readonly items = new Set<string>();
  /** What people change there as well. */
  readonly shared: SharedProducts;
  writes = 0;
  readonly #world: TargetConditions;
  #nextId = 1;
  #calls = 0;

  constructor(world: TargetConditions, name: string) {
    this.#world = world;
    this.name = name;
    this.shared = new SharedProducts(name, (row) => world.noteShared(name, row));
  }

  /** The system's requests, as one process of the sink makes them. */
  open(process: SimProcess): TargetClient {
    const writing = new Map<string, CallContext>();
    return {
      system: this,
      request: (operation, call, effect) => this.#request(process, operation, call, effect),
      inTurn: async (turn, call, send) => {
        if (writing.get(turn)?.signal.aborted === false)
          this.#world.blame(`${process.name} writes two documents of ${turn} at once`);
        writing.set(turn, call);
        try {
          return await send();
        } finally {
          if (writing.get(turn) === call) writing.delete(turn);
        }
      },
    };
  }

  /** Documents of an entity, as an answer shows them. */
  search(entity: string, is: (document: TargetDocument) => boolean): FoundDocument<TargetDocument>[] {
    return this.documents.filter((each) => each.entity === entity && is(each)).map(show);
  }

  /** An order that was only taken carries no reference that a look-up finds. */
  findByReference(entity: string, reference: string): FoundDocument<TargetDocument>[] {
    return this.search(entity, ({ ref, entered }) => ref === reference && entered === null);
  }

  /** A person looks for an order that was taken, and enters it at once. Returns whether it was there. */
  enterByHand(reference: string): boolean {
    const taken = this.documents.find(({ ref, entered }) => ref === reference && entered !== null);
    if (taken !== undefined) this.#enter(taken);
    return taken !== undefined;
  }

  read(entity: string, targetId: string): FoundDocument<TargetDocument> | null {
    return this.search(entity, ({ id, entered }) => id === targetId && entered !== false)[0] ?? null;
  }

  create(entity: string, planned: PlannedDocument<Plan>) {
    const { email, version, item } = planned.body;
    const id = `${this.name}-${this.#nextId}`;
    this.#nextId += 1;
    const content = keep(this.name, planned.body.content);
    const ref = planned.externalRef;
    const made = { id, ref, entity, name: nameOf(planned), email, version, content, cancelled: false, item };
    const entered = this.#takes(entity) ? false : null;
    const accepted = { targetId: null, targetNumber: null, status: 'accepted' } as const;
    if (entered === false && this.#swallows()) return accepted;
    const lines = numberLines([], planned.body.lines);
    const document = { ...made, lines, garbledVersion: null, entered };
    const twins = this.documents.filter((each) => each.entity === entity && isTwin(each, document));
    if (twins.length > 0) this.#world.blame(`a second document of ${entity} ${ref} in ${this.name}`);
    this.documents.push(document);
    this.#garble(planned, document);
    this.#wrote(document);
    if (entered === null) {
      this.#world.noteOrder();
      return { targetId: id, targetNumber: id, status: 'created' as const, ...this.#answerLines(document) };
    }
    this.#enterLater(document);
    return accepted;
  }

  /** Sends the tag of the read state, like If-Match: a concurrent change makes it fail. */
  update(
    { body: plan, externalRef, desired, ...key }: PlannedDocument<Plan>,
    current: FoundDocument,
  ): { readonly lines?: LineMapping[] } {
    const document = this.documents.find(({ id }) => id === current.targetId);
    if (document === undefined) throw new VendorError('notFound', 'gone');
    if (tagOf(document) !== current.etag) throw new VendorError('conflict', 'changed meanwhile');
    if (document.ref === externalRef && plan.version < document.version) {
      this.#world.blame(`a stale write of ${externalRef}: ${plan.version} after ${document.version}`);
    }
    if (document.name !== nameOf(key))
      this.#world.blame(`${nameOf(key)} is written into the document of ${document.name}`);
    Object.assign(document, { version: plan.version, garbledVersion: null });
    if (desired === 'cancelled') document.cancelled = true;
    else Object.assign(document, { content: keep(this.name, plan.content), item: plan.item });
    document.lines = numberLines(document.lines, plan.lines);
    this.#garble(key, document);
    this.#wrote(document);
    return this.#answerLines(document);
  }

  #answerLines(document: TargetDocument): { readonly lines?: LineMapping[] } {
    const answers = document.lines.length > 0 && this.#world.plan.scenarios.fulfilment?.answersLines === true;
    return answers ? { lines: showLines(document) } : {};
  }

  /**
   * Calls of one account at once, as the system counts them: until it has answered, whoever still listens. While the database is away, or a
   * process was stopped, the last share goes on counting: what was allowed then may be one call too many.
   */
  #countCall(process: SimProcess, answerMs: number): void {
    const { clock, plan } = this.#world;
    const { concurrency } = limitsOf(plan.scenarios);
    this.#calls += 1;
    if (this.#calls > concurrency && clock.monotonicMs() > this.#world.disturbedAtMs + SETTLED_MS)
      this.#world.blame(
        `${process.name} makes ${this.#calls} calls at once to ${this.name}, which takes ${concurrency}`,
      );
    clock.schedule(answerMs, () => {
      this.#calls -= 1;
    });
  }

  #takes(entity: string): boolean {
    return this.name === ERP && entity === 'order' && this.#world.plan.scenarios.intake;
  }

  /** Some orders that it has taken it never enters. */
  #swallows(): boolean {
    return !this.#world.calm && this.#world.random.chance(0.1);
  }

  #enterLater(document: TargetDocument): void {
    const { random, clock } = this.#world;
    const afterMs = random.chance(0.5) ? random.between(500, 15_000) : random.between(60_000, 240_000);
    clock.schedule(afterMs, () => this.#enter(document));
  }

  #enter(document: TargetDocument): void {
    document.entered = true;
    this.#world.noteEntered(document);
    this.#world.noteOrder();
  }

  #garble({ role }: DocumentKey, document: TargetDocument): void {
    const { calm, plan, random } = this.#world;
    const { garbles } = plan.scenarios;
    if (role !== 'payment' || garbles === 0 || calm || document.cancelled || !random.chance(garbles)) return;
    Object.assign(document, { content: `${document.content}?`, garbledVersion: document.version });
  }

  #wrote(document: TargetDocument): void {
    this.writes += 1;
    const { ref, name, version, content } = document;
    this.#world.note(() => `${this.name} commits ${name} of ${ref} v${version} "${content}"`);
  }

  /** As the HTTP client does it: each request waits for the budget of the connection. */
  async #request<T>(process: SimProcess, operation: string, call: CallContext, effect: () => T): Promise<T> {
    const leave = await call.admit();
    try {
      return await this.#exchange(process, operation, call, effect);
    } finally {
      leave();
    }
  }

  async #exchange<T>(process: SimProcess, operation: string, call: CallContext, effect: () => T): Promise<T> {
    const { random, calm, plan } = this.#world;
    const isWrite = operation === 'create' || operation === 'update';
    // Stopped with everything checked but the lease: it is another's when the request would leave.
    if (isWrite && !calm && plan.stopsAtLookUp > 0 && random.chance(plan.stopsAtLookUp / 2))
      process.onFreeze(random.between(8_500, 14_000));
    await process.clock.sleep(random.between(0, 2), call.signal).catch(() => {});
    call.beforeSend(TIMEOUT_MS);
    const { blackouts } = plan.scenarios;
    if (operation === 'create' && !calm && blackouts > 0 && random.chance(blackouts))
      this.#world.loseDatabase(random.between(300, 6_000));
    const fault = this.#world.drawTargetFault(this.name, operation);
    this.#world.note(() => `${process.name} calls ${this.name}: ${operation}${fault === null ? '' : ` (${fault})`}`);
    if (operation === 'find' && !this.#world.calm && random.chance(this.#world.plan.stopsAtLookUp))
      process.onFreeze(random.between(8_500, 14_000));
    const write = operation === 'create' || operation === 'update';
    // Where documents come back, the ERP often answers a create long after it has the document: it is shipped meanwhile.
    const slow = operation === 'create' && plan.scenarios.fulfilment !== null ? 0.4 : 0.03;
    const wayMs = random.chance(slow) ? random.between(20, 900) : random.between(0.5, 20);
    const lost = (kind: 'timeout' | 'unavailable', sent: boolean): VendorError =>
      new VendorError(kind, `${operation} had no answer`, { answerUnknown: write && sent });
    const answer = (effectMs: number | null, answerMs: number, error?: Error): Promise<T> => {
      this.#countCall(process, answerMs);
      return process.exchange({ effectMs, effect, answerMs, ...(error === undefined ? {} : { error }) });
    };
    switch (fault) {
      case null:
        return answer(wayMs * random.next(), wayMs);
      case 'down':
        return answer(null, wayMs, lost('unavailable', false));
      case 'cut-before':
        return answer(null, wayMs, lost('unavailable', true));
      case 'cut-after':
        return answer(wayMs / 2, wayMs, lost('unavailable', true));
      case 'timeout':
        return answer(null, TIMEOUT_MS, lost('timeout', true));
      case 'late':
        if (random.chance(this.#world.plan.diesInDoubt)) process.later(random.between(0, 300), () => process.kill());
        return answer(random.between(TIMEOUT_MS, LATEST_COMMIT_MS), TIMEOUT_MS, lost('timeout', true));
      case 'throttled': {
        const retryAfterMs = random.chance(0.5) ? random.between(200, 3_000) : undefined;
        return answer(
          null,
          wayMs,
          new VendorError('throttled', 'slow down', retryAfterMs === undefined ? {} : { retryAfterMs }),
        );
      }
      case 'unauthorized':
      case 'unexpected':
      case 'conflict':
        return answer(null, wayMs, new VendorError(fault, `${operation}: ${fault}`));
    }
  }
}
