import { type EntityName, type EntityOf, type Exchange, eventKey } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { expect } from 'vitest';
import type { CallContext } from '../../call.ts';
import type { ConnectionView } from '../../connection.ts';
import type { VendorClient } from '../../open-client.ts';
import { answerCollected, nameCollectKey } from '../../target/collected.ts';
import type { SessionVault } from '../../target/definition.ts';
import type { FoundDocument, MapOutcome, PlannedDocument } from '../../target/documents.ts';
import type { CollectKey, ResolvedDependency } from '../../target/entity.ts';
import { type OpenEntity, type Target } from '../../target/open.ts';
import { freeCall } from '../free-call.ts';
import { createSessionVault } from '../memory-vault.ts';

export type TargetFault =
  | 'down'
  | 'unauthorized'
  | 'garbage'
  | 'repeats-request'
  | 'cut-before-commit'
  | 'cut-after-commit';

/** What the suite needs to know and do; made anew for each case, against a simulator of the vendor. */
export interface TargetEntityHarness<E extends EntityName = EntityName> {
  readonly connection: ConnectionView;
  readonly entity: E;
  readonly flow: FlowSettings<E>;
  /** Opens the client under test, as each process does. Timeouts should be short (≤ 1 s). */
  open(): VendorClient;
  /** A new record whose dependencies exist in the target, with an id of its own. */
  makeEntity(): Promise<{ readonly entity: EntityOf<E>; readonly resolved: readonly ResolvedDependency[] }>;
  /** The states that its plan is based on, for the keys that it collects; only where the entity declares that it does. */
  collected?(key: CollectKey): readonly EntityOf<EntityName>[];
  /** A later state of it that every of its documents in the target shall show. */
  changeEntity(entity: EntityOf<E>): EntityOf<E>;
  /** Creates committed with this external reference, drafts included, asked of the simulator. */
  countCreated(externalRef: string): Promise<number>;
  /** An id of the right form that the target never gave to a document of this role. */
  unknownId(role: string): string;
  /** Fails the next write (cuts) or every request (the others; garbage: a page of 200) in this way; null = works again. */
  setFault(fault: TargetFault | null): Promise<void>;
  /** Faults that the way to this vendor cannot have: where files are exchanged, no page answers in their place. Left out: none. */
  readonly without?: readonly TargetFault[];
  /** Makes the next create end as an approval draft; left out where the vendor has none. */
  draftNext?(): Promise<void>;
  /** Where the entity confirms what it accepted: what the simulator does with what it took, at once. */
  readonly confirmation?: {
    make(externalRef: string): Promise<void>;
    /** Refuses it after all; left out where the vendor never does. */
    refuse?(externalRef: string): Promise<void>;
  };
  /** Texts that must never appear in evidence (password, session id …). */
  readonly secretTexts: readonly string[];
  close(): Promise<void>;
}

export type MakeTargetHarness<E extends EntityName> = () => Promise<TargetEntityHarness<E>>;

/** One case's world: a target that has taken over, and a record that is planned. */
export interface TargetWorld<E extends EntityName> {
  readonly harness: TargetEntityHarness<E>;
  readonly target: Target;
  /** Where the target that has taken over keeps its session for its successor. */
  readonly sessions: SessionVault;
  readonly entity: OpenEntity<E>;
  readonly call: CallContext;
  readonly exchanges: Exchange[];
  /** Requests written so far. */
  readonly sends: () => number;
  readonly record: EntityOf<E>;
  readonly documents: readonly PlannedDocument[];
  readonly main: PlannedDocument;
  plan(record: EntityOf<E>): Promise<readonly PlannedDocument[]>;
  /** What becomes of the record if no state of this entity is collected. */
  planWithout(collected: EntityName): Promise<MapOutcome<PlannedDocument>>;
  /** The one document that carries the reference, as soon as it shows, within what the entity declares. */
  findOnly(document: PlannedDocument): Promise<FoundDocument>;
}

const LOOK_EVERY_MS = 20;

export async function inTargetWorld<E extends EntityName>(
  makeHarness: MakeTargetHarness<E>,
  run: (world: TargetWorld<E>) => Promise<void>,
): Promise<void> {
  const harness = await makeHarness();
  const client = harness.open();
  try {
    const { target } = client;
    if (target === null) throw new TypeError('the opened client has no target');
    const entity = target.entity(harness.entity);
    if (entity === null) throw new TypeError(`the target does not write ${harness.entity}`);
    const exchanges: Exchange[] = [];
    let sends = 0;
    const call = freeCall({
      beforeSend: () => {
        sends += 1;
      },
      record: (exchange) => exchanges.push(exchange),
    });
    const sessions = createSessionVault();
    await target.fence?.(sessions, call);
    const { entity: record, resolved } = await harness.makeEntity();
    const mapRecord = async (source: EntityOf<E>, without: EntityName | null) => {
      const keys = entity.collect(source, harness.flow);
      const states = new Map(
        keys.map((key) => [nameCollectKey(key), key.entity === without ? [] : (harness.collected?.(key) ?? [])]),
      );
      return entity.map(source, {
        flow: harness.flow,
        resolved,
        profile: await target.companyProfile(call),
        sourceKey: eventKey(source.source.connection, source.source.id),
        existing: () => null,
        collected: answerCollected(states),
        now: () => Date.now(),
      });
    };
    const plan = async (source: EntityOf<E>): Promise<readonly PlannedDocument[]> => {
      const outcome = await mapRecord(source, null);
      if (!outcome.ok) throw new Error(`cannot be mapped: ${JSON.stringify(outcome.error)}`);
      return outcome.documents;
    };
    const findOnly = async (document: PlannedDocument): Promise<FoundDocument> => {
      await harness.confirmation?.make(document.externalRef);
      const untilMs = Date.now() + entity.visibleWithinMs;
      let hits = await entity.find(document, call);
      while (hits.length === 0 && Date.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        hits = await entity.find(document, call);
      }
      expect(hits, document.externalRef).toHaveLength(1);
      return hits[0] as FoundDocument;
    };
    const documents = await plan(record);
    const [main] = documents;
    if (main === undefined) throw new TypeError('the record becomes no document');
    await run({
      harness,
      target,
      sessions,
      entity,
      call,
      exchanges,
      sends: () => sends,
      record,
      documents,
      main,
      plan,
      planWithout: (collected) => mapRecord(record, collected),
      findOnly,
    });
  } finally {
    await harness.setFault(null);
    await client.close();
    await harness.close();
  }
}
