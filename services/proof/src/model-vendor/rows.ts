/** The fields of a customer that both systems have; each is a group of its own, which a flow may decide about. */
export const GROUPS = ['name', 'phone', 'note'] as const;
export type Group = (typeof GROUPS)[number];
export type Row = Readonly<Record<Group, string>>;

/** A customer as the model's API shows it. */
export interface WireCustomer extends Row {
  readonly id: string;
  /** What the writer says it stands for; null: a person entered it. */
  readonly reference: string | null;
  /** Rises with each change; an update names the one that it is based on. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

/** A page of what changed, oldest first. */
export interface WireChanges {
  readonly ids: readonly string[];
  /** Where the next page begins. */
  readonly next: number;
  readonly more: boolean;
}

export const WEBHOOK_TOPIC = 'customer/changed';
export const WEBHOOK_SECRET = 'model-secret';
export const TOKEN = 'model-token';
