import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';

/** Which of a record's documents in a target: its order, its second payment, its variant B. */
export interface DocumentKey {
  /** `order`, `payment`, `customer` … */
  readonly role: string;
  /** Distinguishes documents of one role; null where there is one. */
  readonly subId: string | null;
}

/**
 * What a document is to be: `draft` written and not in force yet · `posted` in force · `closed` finished · `cancelled`
 * without effect; a document that is to be cancelled, and is not there, is not created.
 */
export type DesiredState = 'draft' | 'posted' | 'closed' | 'cancelled';

/** `pending`: exists, and is not the document yet (an approval draft). */
export type DocumentState = 'pending' | DesiredState;

/** A document that a plan wants in the target; several may follow from one record. */
export interface DocumentDraft<Plan = unknown> extends DocumentKey {
  readonly desired: DesiredState;
  /** The content to write, in the vendor's own terms. */
  readonly body: Plan;
  /** Its lines as far as the plan knows them before they are written; left out: as they are, or as the target says. */
  readonly lines?: readonly LineMapping[];
}

export interface PlannedDocument<Plan = unknown> extends DocumentDraft<Plan> {
  /** The external reference, as the entity's `reference` forms it: written into the target and used for the look-up. */
  readonly externalRef: string;
}

/** A document that a record has in the target already. */
export interface ExistingDocument {
  readonly targetId: string;
  readonly lines: readonly LineMapping[];
}

/** Source line ↔ target line, within one document. */
export interface LineMapping {
  readonly sourceLineId: string;
  readonly targetLine: string;
  /** Where the line's goods are in the target (warehouse): distinguishes the target lines of one source line. */
  readonly place?: string;
}

export type MapOutcome<Document = DocumentDraft> =
  | {
      readonly ok: true;
      /** In the order of writing; the first without `subId` is the record's main document. */
      readonly documents: readonly Document[];
    }
  /** Cannot be expressed in the target: all problems together, with field paths. */
  | { readonly ok: false; readonly error: ErrorDetail };

/** A document as the target holds it. */
export interface FoundDocument<State = unknown> {
  readonly targetId: string;
  readonly targetNumber: string | null;
  /** Null: its kind has no states (a customer, an item); whether it is active is a field like any other. */
  readonly state: DocumentState | null;
  /** Its lines, where the target can say which source line each one is; they win over the plan's and the answer's. */
  readonly lines?: readonly LineMapping[];
  readonly body: State;
  /** Optimistic-locking tag, when the vendor has one. */
  readonly etag: string | null;
}

export interface WrittenDocument {
  readonly targetId: string | null;
  /** Null when the answer does not contain it: the next reading of the document supplies it. */
  readonly targetNumber: string | null;
  /** `accepted`: taken, but the document itself is still to come (approval draft, 202). */
  readonly status: 'created' | 'accepted';
  /** Of an accepted document: what its confirmation is polled by. Left out or null: there is none. */
  readonly handle?: string | null;
  /** Its lines, where the answer names them; they win over the plan's. */
  readonly lines?: readonly LineMapping[];
}

export type UpdateOutcome =
  | {
      readonly status: 'applied' | 'unchanged';
      /**
       * Differences that remain because the target's state accepts no change there, and that have no effect (a note on
       * a closed document). They are shown with the delivery and fail nothing. Paths as `compare` names them.
       */
      readonly notCarriedOver?: readonly FieldProblem[];
      /** Its lines afterwards, where the answer of an applied update names them; they win over the plan's. */
      readonly lines?: readonly LineMapping[];
    }
  /** Taken, and still to take effect: only where the entity's confirmation is `ofUpdates`. `handle`: as of a create. */
  | { readonly status: 'accepted'; readonly handle?: string | null }
  /** The target's state does not allow it (closed, partly delivered): a person decides. */
  | { readonly status: 'refused'; readonly error: ErrorDetail };
