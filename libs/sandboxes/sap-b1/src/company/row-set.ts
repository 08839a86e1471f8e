export type Row = Record<string, unknown>;

/**
 * Rows of a set by key. A look-up by a text does not read every row: the index of a property is made when it is first asked for, so that
 * a company of many thousand documents answers as quickly as a small one.
 */
export class RowSet extends Map<string, Row> {
  readonly #keysByText = new Map<string, Map<string, Set<string>>>();

  constructor(rows: Iterable<readonly [string, Row]> = []) {
    super();
    for (const [key, row] of rows) this.set(key, row);
  }

  /** Puts a row in, or in again after a change: only then is it found by its new values. */
  override set(key: string, row: Row): this {
    super.set(key, row);
    for (const [property, keys] of this.#keysByText) noteText(keys, row[property], key);
    return this;
  }

  /** All rows whose property is this text in any case, and perhaps some that had it once: the caller compares. */
  *haveText(property: string, text: string): Generator<Row> {
    for (const key of this.#indexOf(property).get(text.toLowerCase()) ?? []) {
      const row = this.get(key);
      if (row !== undefined) yield row;
    }
  }

  #indexOf(property: string): Map<string, Set<string>> {
    const known = this.#keysByText.get(property);
    if (known !== undefined) return known;
    const made = new Map<string, Set<string>>();
    for (const [key, row] of this) noteText(made, row[property], key);
    this.#keysByText.set(property, made);
    return made;
  }
}

function noteText(keys: Map<string, Set<string>>, value: unknown, key: string): void {
  if (value === null || value === undefined) return;
  const text = String(value).toLowerCase();
  const known = keys.get(text);
  if (known === undefined) keys.set(text, new Set([key]));
  else known.add(key);
}
