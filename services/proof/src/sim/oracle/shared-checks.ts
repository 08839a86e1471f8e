import type { Report } from '@entrepot/canonical';
import type { StateModel } from '@entrepot/sink-runtime/testing';
import { targetStateId } from '@entrepot/store';
import type { Conditions } from '../infrastructure/conditions.ts';
import { normalise } from '../models/records.ts';
import type { SharedFields, SharedRow } from '../models/shared-products.ts';
import type { TargetSystem } from '../models/target-system.ts';
import { SHARED_FIELDS, type SharedField, type Side } from '../plan/shared-products.ts';

interface SharedConditions extends Conditions {
  readonly states: StateModel;
  readonly erp: TargetSystem;
  readonly storefront: TargetSystem;
  readonly branch: TargetSystem;
}

/** A change of one field by a person. No two enter the same value. */
interface Edit {
  readonly side: Side;
  readonly value: string;
  /** What the person saw there before; null = the product is new. */
  readonly saw: string | null;
  /** Both systems had the same then: whatever was decided before is settled. */
  readonly agreed: boolean;
  /** What the person saw is our write, and it is not noted on both sides that it has arrived: this counts as a change beside the other side's. */
  readonly beside: boolean;
}

interface Product {
  readonly enteredIn: Side;
  readonly id: string;
  readonly edits: Readonly<Record<SharedField, Edit[]>>;
  changes: number;
}

/** Codes of what a delivery says of changes on both sides. */
const NOTES = ['target-kept', 'target-overwritten'];

/** Writes of ours that one change may cause: its way to the other side, and where two meet, the way back and the repair of what crossed. */
const WRITES_A_CHANGE = 3;

/** What becomes of products that people change on both sides. */
export class SharedChecks {
  readonly #world: SharedConditions;
  readonly #products = new Map<number, Product>();
  /** Values that a delivery has said it left or replaced; ids of products, where a process died and its successor knows the field alone. */
  readonly #said = new Set<string>();

  constructor(world: SharedConditions) {
    this.#world = world;
  }

  noteEntered(index: number, enteredIn: Side, id: string, fields: SharedFields): void {
    const made = (field: SharedField): Edit[] => [
      { side: enteredIn, value: normalise(fields[field]), saw: null, agreed: false, beside: false },
    ];
    this.#products.set(index, { enteredIn, id, edits: { name: made('name'), price: made('price') }, changes: 1 });
  }

  /** The product's row in a system; null = it is not there yet. */
  findRow(index: number, side: Side): SharedRow | null {
    const product = this.#products.get(index);
    return product === undefined ? null : (this.#findRows(product, side)[0] ?? null);
  }

  noteEdit(index: number, side: Side, change: Partial<SharedFields>): void {
    const product = this.#products.get(index);
    const [own, other] = [this.findRow(index, side), this.findRow(index, side === 'shop' ? 'erp' : 'shop')];
    if (product === undefined || own === null) return;
    product.changes += 1;
    for (const field of SHARED_FIELDS) {
      const value = change[field];
      if (value === undefined) continue;
      const saw = normalise(own[field]);
      const edits = product.edits[field];
      const agreed = other !== null && normalise(other[field]) === saw;
      const isOurs = edits.some((each) => each.value === saw && each.side !== side);
      const beside = isOurs && other !== null && !this.#isNoted(side, own.id, other.id, field);
      edits.push({ side, value: normalise(value), saw, agreed, beside });
    }
  }

  noteReport(report: Report): void {
    if (report.kind !== 'attempt' || !NOTES.includes(report.error?.code ?? '')) return;
    for (const { path, expected, actual } of report.error?.fields ?? [])
      for (const value of expected === undefined && actual === undefined ? [report.sourceId] : [expected, actual])
        this.#said.add(`${path} ${normalise(String(value))}`);
  }

  /** When no work is left. */
  atEnd(): void {
    const { storefront, erp, branch } = this.#world;
    for (const { name, shared } of [storefront, erp, branch])
      if (shared.rows.size !== this.#products.size)
        this.#world.blame(`${this.#products.size} shared products are ${shared.rows.size} in ${name}`);
    for (const product of this.#products.values()) this.#isInStep(product);
  }

  #isInStep(product: Product): void {
    const [inShop] = this.#findRows(product, 'shop');
    const [inErp] = this.#findRows(product, 'erp');
    if (inShop === undefined || inErp === undefined) {
      this.#world.blame(`shared product ${product.id} never arrived`);
      return;
    }
    const inBranch = [...this.#world.branch.shared.rows.values()].find(
      ({ reference }) => reference === `erp/${inErp.id}`,
    );
    for (const field of SHARED_FIELDS) {
      const kept = normalise(inShop[field]);
      if (kept !== inErp[field])
        this.#world.blame(`${field} of ${product.id} is ${inShop[field]} in the shop, ${inErp[field]} in the ERP`);
      else this.#isRightful(product, field, kept);
      if (inBranch?.[field] !== inErp[field])
        this.#world.blame(
          `${field} of ${product.id} is ${inBranch?.[field]} in the branch, ${inErp[field]} in the ERP`,
        );
    }
    const { storefront, erp } = this.#world;
    const writes = (storefront.shared.writes.get(inShop.id) ?? 0) + (erp.shared.writes.get(inErp.id) ?? 0);
    if (writes > WRITES_A_CHANGE * product.changes)
      this.#world.blame(`${product.id} is written ${writes} times after ${product.changes} changes`);
  }

  /**
   * The last change stands; of two that did not see each other, the owner's, and the other one is said to be lost. One over a write of
   * ours whose end was not noted yet may count as either.
   */
  #isRightful(product: Product, field: SharedField, kept: string): void {
    const edits = product.edits[field];
    const owner = this.#world.plan.scenarios.shared?.owners?.[field];
    const counted = [edits, edits.filter(({ beside }) => !beside)];
    const rightful = [...new Set(counted.flatMap((followers) => listRightful(edits, followers, owner)))];
    if (!rightful.includes(kept))
      this.#world.blame(`the edit ${rightful.join(' or ')} of ${product.id} is lost: its ${field} is ${kept}`);
    const rows = [...this.#findRows(product, 'shop'), ...this.#findRows(product, 'erp')];
    const isSaid = (value: string): boolean =>
      [value, ...rows.map(({ id }) => id)].some((each) => this.#said.has(`${field} ${each}`));
    for (const edit of edits)
      if (!isFollowed(edit, edits) && edit.value !== kept && !isSaid(edit.value))
        this.#world.blame(`nobody says that ${edit.value} of ${product.id} gave way to ${kept}`);
  }

  /** Whether it is noted on both sides that our last write of a field to one of them has arrived. */
  #isNoted(side: Side, ownId: string, otherId: string, field: SharedField): boolean {
    const find = (connection: Side, targetId: string) =>
      this.#world.states.states.get(targetStateId({ connection, role: 'product', targetId }));
    const from = find(side === 'shop' ? 'erp' : 'shop', otherId);
    const known = from?.inStep.find(({ connection }) => connection === side)?.fields[field];
    const isCarried = known === undefined || known === from?.fields[field];
    return isCarried && find(side, ownId)?.writing?.groups.includes(field) !== true;
  }

  #findRows({ enteredIn, id }: Product, side: Side): SharedRow[] {
    const { storefront, erp } = this.#world;
    const { rows } = (side === 'shop' ? storefront : erp).shared;
    return [...rows.values()].filter((row) =>
      side === enteredIn ? row.id === id : row.reference === `${enteredIn}/${id}`,
    );
  }
}

function isFollowed({ value }: Edit, followers: readonly Edit[]): boolean {
  return followers.some(({ saw }) => saw === value);
}

/** The values that may stand, where these edits followed what they saw. */
function listRightful(edits: readonly Edit[], followers: readonly Edit[], owner: Side | undefined): readonly string[] {
  const settled = edits.findLastIndex((edit) => edit.agreed && followers.includes(edit));
  const last = edits.filter((edit, at) => at >= settled && !isFollowed(edit, followers));
  const ofOwner = last.filter(({ side }) => side === owner);
  return (ofOwner.length > 0 ? ofOwner : last).map(({ value }) => value);
}
