import { type EntityName, entityOfType, eventType } from '../names.ts';

/**
 * A document of ours that a connector read in the system which the document was written into. It goes to the lane of that system's
 * connection, whose owner alone changes the link.
 */
export interface Confirmation {
  /** Connection of the connector, and of the lane. */
  readonly to: string;
  /** Entity of the source record that the document is of. */
  readonly entity: EntityName;
  /** `<connection>/<id>` of that record. */
  readonly sourceKey: string;
  readonly document: ConfirmedDocument;
}

/** Code of an attempt's error whose document was not confirmed in time. */
export const CONFIRMATION_OVERDUE = 'confirmation-overdue';

export interface ConfirmedDocument {
  /** The external reference that we gave it. */
  readonly reference: string;
  readonly role: string;
  readonly subId: string | null;
  readonly targetId: string;
  /** Number people know it by; null when it has none yet. */
  readonly number: string | null;
  /** Our lines and the document's; left out where the record does not show them. */
  readonly lines?: readonly ConfirmedLine[];
}

export interface ConfirmedLine {
  readonly sourceLineId: string;
  readonly targetLine: string;
}

interface ConfirmationRecord {
  readonly key: string;
  readonly value: null;
  readonly headers: Record<string, string>;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** As a record of a lane: keyed as the deliveries of the source record are, so that it is handled in order with them. */
export function formatConfirmation({ to, entity, sourceKey, document }: Confirmation): ConfirmationRecord {
  const { reference, role, subId, targetId, number, lines } = document;
  return {
    key: sourceKey,
    value: null,
    headers: {
      ce_type: eventType(entity),
      entrepot_to: to,
      entrepot_confirmed: JSON.stringify({ reference, role, subId, targetId, number, lines }),
    },
  };
}

/** Reads what {@link formatConfirmation} wrote; null when it is not sound. */
export function parseConfirmation(key: string | null, headers: Headers): Confirmation | null {
  const { entrepot_to: to, ce_type: type, entrepot_confirmed: text } = headers;
  const entity = entityOfType(type ?? '');
  const document = parseDocument(text ?? '');
  if (!to || !key || entity === null || document === null) return null;
  return { to, entity, sourceKey: key, document };
}

function parseDocument(text: string): ConfirmedDocument | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const read = (name: string): unknown => Reflect.get(json, name);
  const [reference, role, subId, targetId, number] = ['reference', 'role', 'subId', 'targetId', 'number'].map(read);
  if (!isName(reference) || !isName(role) || !isName(targetId)) return null;
  if ((subId !== null && !isName(subId)) || (number !== null && !isName(number))) return null;
  const lines = read('lines');
  if (lines === undefined) return { reference, role, subId, targetId, number };
  return Array.isArray(lines) && lines.every(isLine) ? { reference, role, subId, targetId, number, lines } : null;
}

function isLine(value: unknown): value is ConfirmedLine {
  if (typeof value !== 'object' || value === null) return false;
  return isName(Reflect.get(value, 'sourceLineId')) && isName(Reflect.get(value, 'targetLine'));
}

/** Far longer than any id or number of a document; what is longer would have to be carried by indexes. */
const MAX_NAME_CHARACTERS = 1_024;

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARACTERS;
}
