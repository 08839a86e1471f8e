import { isDeepStrictEqual } from 'node:util';
import {
  addPossible,
  beginWrite,
  type DecidedGroups,
  describeCreated,
  describeFound,
  type FieldHashes,
  flowId,
  forgetWrite,
  noteCarried,
  noteDecided,
  noteWritten,
  type PossibleHashes,
  parseTargetStateId,
  publishedId,
  type TargetStateContent,
  type TargetStateDocument,
  type TargetStateKey,
} from '@entrepot/store';
import {
  type DocumentKey,
  type FoundDocument,
  nameDocument,
  type OpenEntity,
  type OpenFieldGroups,
  type PlannedDocument,
  VendorError,
} from '@entrepot/vendor-kit';
import { describeSides } from '../notes.ts';
import { decideGroups, type GroupDecision, keepGroups, type SourceChange } from './decide-groups.ts';
import type { LinkEdit } from './link-edit.ts';
import type { AttemptResult, AttemptScope } from './outcomes.ts';

/** A found document's plan after what the target changed was looked at. */
interface Settled {
  readonly planned: PlannedDocument;
  readonly decision: GroupDecision;
  /** Null: nothing is stored of the document yet. */
  readonly stored: TargetStateDocument | null;
  readonly note: AttemptResult['error'];
}

/** Compare-and-set is tried so often before the attempt begins anew. */
const MAX_TRIES = 5;
const CHANGED = { code: 'changed-meanwhile', advice: 'Nothing, unless it lasts.' } as const;

/**
 * One attempt's view of what is known of the record's documents on both sides. Before a write it decides what the target
 * keeps and notes that a write is under way; after it, what source and target have in common.
 */
export class WatchedStates {
  readonly #scope: AttemptScope;
  readonly #target: OpenEntity;
  readonly #groups: OpenFieldGroups;
  readonly #reverse: AttemptScope['flow'] | null;
  #source: SourceChange;
  readonly #link: Pick<LinkEdit, 'concluded' | 'mappedBy'>;
  readonly #settled = new Map<string, Settled>();

  private constructor(
    scope: AttemptScope,
    target: OpenEntity,
    groups: OpenFieldGroups,
    reverse: AttemptScope['flow'] | null,
    source: SourceChange,
    link: Pick<LinkEdit, 'concluded' | 'mappedBy'>,
  ) {
    this.#scope = scope;
    this.#target = target;
    this.#groups = groups;
    this.#reverse = reverse;
    this.#source = source;
    this.#link = link;
  }

  /** Null where nothing on the target's side counts: the flow decides all by its source. */
  static async open(
    scope: AttemptScope,
    target: OpenEntity,
    groups: OpenFieldGroups,
    link: Pick<LinkEdit, 'concluded' | 'mappedBy'>,
  ): Promise<WatchedStates | null> {
    const { flow, configuration } = scope;
    const opposite = configuration.flow(flowId(flow.entity, flow.to, flow.from));
    const reverse = opposite?.active === true ? opposite : null;
    const keeps = Object.values(flow.settings.sourceOfTruth ?? {}).includes('target');
    if (reverse === null && !keeps) return null;
    const source = reverse === null ? NO_STATES : await readSource(scope);
    return new WatchedStates(scope, target, groups, reverse, source, link);
  }

  /** A later version is published or about to be: it decides, since this one would be compared with states that are not its own. */
  async findNewer(): Promise<number | null> {
    const { delivery, published } = this.#scope;
    const { entity, connection, sourceId, version } = delivery.event;
    if (this.#reverse === null || this.#source.states.length === 0 || delivery.lane.force) return null;
    const newest = await published.newest(entity, connection, sourceId);
    return newest !== null && newest.version > version ? newest.version : null;
  }

  /** The id of the target's record that this one was made from or was brought together with; null: none is known. */
  findPartner({ role }: DocumentKey): string | null {
    const { to } = this.#scope.flow;
    const known = this.#statesOf({ role, subId: null }).flatMap(({ inStep }) => inStep);
    return known.find(({ connection }) => connection === to)?.recordId ?? null;
  }

  /**
   * Decides what of a found document stays, and notes that the rest is about to be written.
   * @param sent what earlier attempts may have created it as; null: they did not
   * @returns the plan with what the target keeps
   */
  async settle(
    planned: PlannedDocument,
    current: FoundDocument,
    { earlierHash, sent }: { readonly earlierHash: string | null; readonly sent: PossibleHashes | null },
  ): Promise<PlannedDocument> {
    const { flow } = this.#scope;
    const key = this.#keyOf(planned, current.targetId);
    if (sent !== null) await this.noteCreated(planned, current.targetId, sent);
    const found = this.#groups.stateOf(planned, current);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const stored = await this.#scope.states.get(key);
      // After the target's: a delivery the other way notes first what it wrote here, and then that both are in step.
      if (this.#reverse !== null) this.#source = await readSource(this.#scope);
      const decision = decideGroups({
        names: this.#groups.names,
        from: flow.from,
        to: flow.to,
        source: this.#reverse === null ? null : { ...this.#source, states: this.#statesOf(planned) },
        stored,
        earlierHash,
        found,
        expected: this.expected(planned),
        settings: flow.settings,
        reverse: this.#reverse?.settings ?? null,
        remapped: this.#link.mappedBy !== null && this.#link.mappedBy !== flow.mappingRevision,
      });
      const earlier = this.#findUntold(stored);
      const compare = (plan: PlannedDocument) => this.#target.compare(plan, current, flow.settings);
      const keep = (groups: readonly string[]) => this.#groups.keep(planned, current, groups);
      const told = keepGroups({ planned, keep, compare, decision, earlier, found: found.fields });
      const { plan, given, replaced } = told;
      const note = describeSides(given.fields, replaced.fields);
      const { version } = this.#scope.delivery.event;
      const of = { source: flow.from, version };
      const decided = { ...of, lost: given.groups, overwritten: replaced.groups, found: told.found };
      this.#settled.set(nameDocument(planned), { planned: plan, decision, stored, note });
      const isAsPlanned = compare(plan).length === 0;
      if (isAsPlanned && (note === null || isDeepStrictEqual(earlier, decided))) return plan;
      const write = { source: flow.from, groups: decision.written, expected: this.expected(plan) };
      const after = isAsPlanned ? describeFound(stored, found) : beginWrite(stored, found, write);
      if (await this.#scope.states.replace(key, stored, note === null ? after : noteDecided(after, decided)))
        return plan;
    }
    throw new VendorError('conflict', `The ${planned.role} is changed in the target again and again`, CHANGED);
  }

  /** The groups' hashes once the plan is written. */
  expected(planned: PlannedDocument): FieldHashes {
    return this.#groups.expected(planned);
  }

  /**
   * A document that was created, unless something is stored of it already.
   * @param sent what it may have been created as; null: as it is planned
   */
  async noteCreated(planned: PlannedDocument, targetId: string, sent: PossibleHashes | null): Promise<void> {
    const { flow, delivery, states } = this.#scope;
    const { sourceId: recordId } = delivery.event;
    const expected = this.expected(planned);
    const possible = sent ?? addPossible(null, expected);
    const created = describeCreated({ source: flow.from, recordId, groups: this.#groups.names, possible });
    if (!(await states.replace(this.#keyOf(planned, targetId), null, created))) return;
    const isSent = (name: string): boolean => possible[name]?.every((hash) => hash === expected[name]) === true;
    await this.#carry(
      planned,
      targetId,
      this.#groups.names.filter((name) => !isSent(name)),
    );
  }

  /** The update that {@link settle} noted was not sent, or refused. */
  async forget(planned: PlannedDocument, targetId: string): Promise<void> {
    const key = this.#keyOf(planned, targetId);
    const earlier = this.#settled.get(nameDocument(planned))?.stored?.writing ?? null;
    const stored = await this.#scope.states.get(key);
    if (stored?.writing != null) await this.#scope.states.replace(key, stored, forgetWrite(stored, earlier));
  }

  /** The plan that was written, and what is said about it; as it was planned where nothing was found. */
  written(planned: PlannedDocument): { readonly planned: PlannedDocument; readonly note: AttemptResult['error'] } {
    return this.#settled.get(nameDocument(planned)) ?? { planned, note: null };
  }

  /**
   * Notes what was read back. Groups that are not as planned do not count as in common.
   * @throws VendorError `conflict` when it is neither as planned nor known: somebody changed it meanwhile, which is decided anew
   */
  async noteReadBack(planned: PlannedDocument, current: FoundDocument): Promise<void> {
    const { flow, delivery } = this.#scope;
    const key = this.#keyOf(planned, current.targetId);
    const seen = this.#groups.stateOf(planned, current);
    const kept = this.#settled.get(nameDocument(planned))?.decision.kept ?? [];
    const differing = this.#groups.names.filter((name) => this.#differs(planned, current, name));
    const notOfSource = [...new Set([...kept, ...differing])];
    const { sourceId: recordId } = delivery.event;
    await this.#replace(key, (stored) => {
      const isOurs = stored === null || stored.writing !== null || stored.hash === seen.hash;
      const known = this.#settled.get(nameDocument(planned))?.stored?.version;
      // Seen by the connector in a later state than ours.
      if (!isOurs && stored.version !== known) return null;
      return noteWritten(stored, { source: flow.from, recordId, seen, notOfSource });
    });
    // Before the attempt begins anew: what arrived is in step on both sides, and a later change of it is one side's.
    await this.#carry(planned, current.targetId, differing);
    // A target that keeps something else of what it is sent answers so each time: that is a difference.
    if (differing.length > 0 && this.#settled.get(nameDocument(planned))?.stored?.hash !== seen.hash)
      throw new VendorError('conflict', `The ${planned.role} was changed in the target while it was written`, CHANGED);
  }

  /** Notes that what the source has is in the target now, but for some groups. */
  async #carry(planned: PlannedDocument, targetId: string, except: readonly string[]): Promise<void> {
    if (!this.#source.current) return;
    for (const state of this.#statesOf(planned)) {
      const place = parseTargetStateId(state._id);
      await this.#replace(place, (stored) => {
        if (stored === null) return null;
        const { to } = this.#scope.flow;
        // What was written there meanwhile is noted by who wrote it.
        const isNoted = stored.inStep.some(({ connection }) => connection === to);
        const carried = Object.entries(state.fields).filter(
          ([group, hash]) => !except.includes(group) && (!isNoted || stored.fields[group] === hash),
        );
        return noteCarried(stored, { connection: to, recordId: targetId, fields: Object.fromEntries(carried) });
      });
    }
  }

  /** What an earlier attempt decided, and did not live to report; null: nothing. */
  #findUntold(stored: TargetStateDocument | null): DecidedGroups | null {
    const { flow, delivery } = this.#scope;
    const { version } = delivery.event;
    const earlier = stored?.decided?.find(({ source }) => source === flow.from) ?? null;
    if (earlier === null || earlier.version > version) return null;
    const { concluded } = this.#link;
    const isTold = earlier.version < version && concluded !== null && concluded >= earlier.version;
    return isTold ? null : earlier;
  }

  async #replace(
    key: TargetStateKey,
    change: (stored: TargetStateDocument | null) => TargetStateContent | null,
  ): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const stored = await this.#scope.states.get(key);
      const after = change(stored);
      if (after === null || (stored !== null && isUnchanged(stored, after))) return;
      if (await this.#scope.states.replace(key, stored, after)) return;
    }
  }

  /** Whether a group is not as it was planned, all else left aside. */
  #differs(planned: PlannedDocument, current: FoundDocument, name: string): boolean {
    const others = this.#groups.names.filter((each) => each !== name);
    const plan = this.#groups.keep(planned, current, others);
    return this.#target.compare(plan, current, this.#scope.flow.settings).length !== 0;
  }

  /** Of the states that the record shows, those of this document; all, where none is told apart. */
  #statesOf({ role, subId }: DocumentKey): readonly TargetStateDocument[] {
    const own = this.#source.states.filter(({ _id }) => {
      const place = parseTargetStateId(_id);
      return place.role === role && (subId === null || place.targetId === subId);
    });
    return own.length > 0 ? own : this.#source.states;
  }

  #keyOf({ role }: DocumentKey, targetId: string): TargetStateKey {
    return { connection: this.#scope.flow.to, role, targetId };
  }
}

const NO_STATES: SourceChange = { states: [], current: true };

/** What the record's own system was last seen to have of it. */
async function readSource({ delivery, states }: AttemptScope): Promise<SourceChange> {
  const { entity, connection, sourceId, version } = delivery.event;
  const shown = await states.ofRecord(publishedId({ connection, entity, sourceId }));
  const current = delivery.lane.force || shown.every(({ shownSince }) => shownSince !== null && shownSince <= version);
  return { states: shown, current };
}

function isUnchanged({ _id, version, at, ...stored }: TargetStateDocument, after: TargetStateContent): boolean {
  return isDeepStrictEqual(stored, after);
}
