import { isStoreUnavailable, withDeadline } from '@entrepot/store';
import type { mongo } from 'mongoose';
import { type Change, DocumentWrites, type Versioned, type Write } from './documents.ts';

interface BatcherOptions<T> {
  /** Documents written by one group. */
  readonly maxGroup?: number;
  /** Fields too large to be read for every change: neither changes nor callers see their stored values. */
  readonly unread?: readonly (keyof T & string)[];
  /** Number of documents kept as last written, to be changed again without a read. */
  readonly maxRecent?: number;
  /** Which of them may be kept; if omitted, all. */
  readonly mayKeep?: (document: T) => boolean;
}

interface Waiting<T> {
  readonly change: Change<T>;
  readonly resolve: (document: T | null) => void;
  readonly reject: (error: unknown) => void;
}

/** All changes that wait for one document, in the order of arrival. */
interface Queue<T> {
  changes: Waiting<T>[];
  expectNew: boolean;
}

type Group<T> = Map<string, Queue<T>>;

/** The driver can wait for ever for a connection that broke at the wrong moment; one such call must not block all others. */
const DEADLINE_MS = 10_000;
/** While one group waits for the disk, the next is prepared and sent. */
const MAX_GROUPS_UNDER_WAY = 2;

/**
 * Applies pure changes to documents of one collection in groups: one read (of those not in memory) and one write for all changes that
 * gathered while earlier groups were in flight. Changes of one document apply in the order of arrival; documents are written by
 * compare-and-set on `revision`, so other processes may do the same, and a document in memory may be outdated.
 */
export class DocumentBatcher<T extends Versioned> {
  private readonly waiting: Group<T> = new Map();
  /** Documents of the groups in flight: further changes of them wait, so that order is kept. */
  private readonly busy = new Set<string>();
  private readonly recent: RecentDocuments<T>;
  private readonly writes: DocumentWrites<T>;
  private readonly collection: mongo.Collection<T>;
  private readonly maxGroup: number;
  private readonly projection: Readonly<Record<string, 0>>;
  private groups = 0;
  private scheduled = false;

  constructor(
    collection: mongo.Collection<T>,
    { maxGroup = 500, unread = [], maxRecent = 0, mayKeep }: BatcherOptions<T> = {},
  ) {
    this.collection = collection;
    this.maxGroup = maxGroup;
    this.projection = Object.fromEntries(unread.map((field) => [field, 0 as const]));
    this.recent = new RecentDocuments({ most: maxRecent, unread, mayKeep });
    this.writes = new DocumentWrites(collection, DEADLINE_MS);
  }

  /**
   * @param expected `new`: the document probably does not exist, so it is inserted without a read; an existing one is read afterwards
   * @returns the document after the change, acknowledged by a majority and journalled; null when there is none and none was made
   * @throws the error of MongoDB; nothing is known to be written, and the caller may repeat the change
   */
  update(id: string, change: Change<T>, expected: 'new' | 'any' = 'any'): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(id);
      const waiting = { change, resolve, reject };
      if (queue === undefined) this.waiting.set(id, { changes: [waiting], expectNew: expected === 'new' });
      else {
        queue.changes.push(waiting);
        queue.expectNew ||= expected === 'new';
      }
      this.schedule();
    });
  }

  /** One turn later, so that all changes of this turn go together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startGroups();
    });
  }

  private startGroups(): void {
    // Beside a group in flight only a large one starts: small ones gather until it is done.
    while (this.groups === 0 || (this.groups < MAX_GROUPS_UNDER_WAY && this.waiting.size >= this.maxGroup / 2)) {
      const group = this.takeGroup();
      if (group.size === 0) return;
      this.groups += 1;
      void this.runGroup(group);
    }
  }

  private takeGroup(): Group<T> {
    const group: Group<T> = new Map();
    for (const [id, queue] of this.waiting) {
      if (group.size >= this.maxGroup) break;
      if (this.busy.has(id)) continue;
      group.set(id, queue);
      this.waiting.delete(id);
      this.busy.add(id);
    }
    return group;
  }

  private async runGroup(group: Group<T>): Promise<void> {
    let open = group;
    try {
      while (open.size > 0) open = await this.tryGroup(open);
    } catch (error) {
      for (const id of open.keys()) this.recent.forget(id);
      if (open.size > 1 && !isStoreUnavailable(error)) await this.writeOneByOne(open);
      else rejectAll(open, error);
    }
    for (const id of group.keys()) this.busy.delete(id);
    this.groups -= 1;
    if (this.waiting.size > 0) this.schedule();
  }

  /** A document that cannot be written must not fail the others of its group. */
  private async writeOneByOne(group: Group<T>): Promise<void> {
    for (const [id, { changes }] of group) {
      if (changes.length === 0) continue;
      let alone: Group<T> = new Map([[id, { changes, expectNew: false }]]);
      try {
        while (alone.size > 0) alone = await this.tryGroup(alone);
      } catch (error) {
        this.recent.forget(id);
        rejectAll(alone, error);
      }
    }
  }

  /** Returns the changes whose document another process changed meanwhile: they are read and applied again. */
  private async tryGroup(group: Group<T>): Promise<Group<T>> {
    const { stored, looked } = await this.recall(group);
    const again: Group<T> = new Map();
    const tryAgain = (id: string, changes: Waiting<T>[]) => {
      this.recent.forget(id);
      again.set(id, { changes, expectNew: false });
    };
    const writes: Write<T>[] = [];
    for (const [id, queue] of group) {
      const before = stored.get(id) ?? null;
      const { document, accepted, refused } = applyAll(before, queue.changes);
      const changed = document === before ? null : document;
      // A refusal, or the result that nothing is to be written, counts only for a stored document: memory and expectation may be wrong.
      if (!looked.has(id) && (refused.length > 0 || (changed === null && before !== null))) {
        tryAgain(id, queue.changes);
        continue;
      }
      for (const { waiting, error } of refused) waiting.reject(error);
      // An answered change must not be applied again, even if the write fails.
      queue.changes = changed === null ? [] : accepted;
      if (changed === null) settle(accepted, before);
      else writes.push(this.writes.plan(before, changed));
    }
    const lost = await this.writes.write(writes);
    for (const { next } of writes) {
      const changes = group.get(next._id)?.changes ?? [];
      if (lost.has(next._id)) tryAgain(next._id, changes);
      else settle(changes, this.recent.remember(next));
    }
    return again;
  }

  /**
   * Loads the existing documents of a group: recently written ones from memory, those expected to be new not at all. `looked` holds those
   * that were read.
   */
  private async recall(group: Group<T>): Promise<{ stored: Map<string, T>; looked: ReadonlySet<string> }> {
    const stored = new Map<string, T>();
    const unknown: string[] = [];
    for (const [id, { expectNew }] of group) {
      const document = this.recent.get(id);
      if (document !== undefined) stored.set(id, document);
      else if (!expectNew) unknown.push(id);
    }
    const looked = new Set(unknown);
    if (unknown.length === 0) return { stored, looked };
    const found = await withDeadline(
      this.collection
        // biome-ignore lint/suspicious/noExplicitAny: the driver's filter types do not follow a generic document
        .find({ _id: { $in: unknown } } as any, { readConcern: { level: 'majority' }, projection: this.projection })
        .toArray() as Promise<T[]>,
      DEADLINE_MS,
    );
    for (const document of found) stored.set(document._id, document);
    return { stored, looked };
  }
}

/** Applies changes in order; a change that throws leaves no effect. */
function applyAll<T>(before: T | null, changes: readonly Waiting<T>[]) {
  let document = before;
  const accepted: Waiting<T>[] = [];
  const refused: { readonly waiting: Waiting<T>; readonly error: unknown }[] = [];
  for (const waiting of changes) {
    try {
      document = waiting.change(document) ?? document;
      accepted.push(waiting);
    } catch (error) {
      refused.push({ waiting, error });
    }
  }
  return { document, accepted, refused };
}

function rejectAll<T>(group: Group<T>, error: unknown): void {
  for (const { changes } of group.values()) for (const { reject } of changes) reject(error);
}

function settle<T>(waiting: readonly Waiting<T>[], document: T | null): void {
  for (const { resolve } of waiting) resolve(document);
}

interface RecentOptions<T> {
  readonly most: number;
  /** Fields that are not kept. */
  readonly unread: readonly (keyof T & string)[];
  /** If omitted: each may. */
  readonly mayKeep: ((document: T) => boolean) | undefined;
}

/** The documents written last; the oldest are dropped first. A document in memory may be outdated: writers use compare-and-set. */
class RecentDocuments<T extends { readonly _id: string }> {
  private readonly documents = new Map<string, T>();
  private readonly options: RecentOptions<T>;

  constructor(options: RecentOptions<T>) {
    this.options = options;
  }

  get(id: string): T | undefined {
    return this.documents.get(id);
  }

  /** @returns the document as it is, or would be, kept */
  remember(document: T): T {
    const { most, unread, mayKeep } = this.options;
    const kept = { ...document };
    for (const field of unread) delete kept[field];
    // Even when it may not be kept: the remembered one is outdated now.
    this.documents.delete(kept._id);
    if (most === 0 || mayKeep?.(document) === false) return kept;
    this.documents.set(kept._id, kept);
    if (this.documents.size > most) this.documents.delete(this.documents.keys().next().value as string);
    return kept;
  }

  forget(id: string): void {
    this.documents.delete(id);
  }
}
