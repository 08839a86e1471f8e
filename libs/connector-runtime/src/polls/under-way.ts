import type { Hint } from '@entrepot/vendor-kit';

type Follow = (hint: Hint) => Promise<unknown>;

/**
 * Records that pages of a listing named and that are not published yet. A page's cursor is valid only when all records
 * before it are done; until then, a restart continues from a point before them.
 */
export interface UnderWay {
  /** Records that are not done. */
  readonly size: number;
  add(hints: readonly Hint[], cursor: string, follow: Follow): void;
  /**
   * Begins a reading with the rest of an earlier one: failed records are followed once more, and the earlier cursors
   * are dropped.
   */
  resume(follow: Follow): void;
  /** The next page that is done, as all before it are; given once. */
  takeDone(): DonePage | null;
  /** Why a record failed; it is not done. Null when none has. */
  failure(): { readonly error: unknown } | null;
  /** Resolves when something of this has changed. */
  changed(): Promise<void>;
}

export interface DonePage {
  /** Null: of an earlier reading. */
  readonly cursor: string | null;
  readonly records: number;
}

interface Page {
  cursor: string | null;
  readonly records: number;
  readonly open: Set<Hint>;
}

export function createUnderWay(): UnderWay {
  const pages: Page[] = [];
  const failed = new Map<Hint, { readonly page: Page; readonly error: unknown }>();
  let size = 0;
  let listeners: (() => void)[] = [];

  function tell(): void {
    const told = listeners;
    listeners = [];
    for (const listener of told) listener();
  }

  function begin(page: Page, hint: Hint, follow: Follow): void {
    follow(hint).then(
      () => {
        page.open.delete(hint);
        size -= 1;
        tell();
      },
      (error: unknown) => {
        failed.set(hint, { page, error });
        tell();
      },
    );
  }

  return {
    get size() {
      return size;
    },
    add(hints, cursor, follow) {
      const page = { cursor, records: hints.length, open: new Set(hints) };
      pages.push(page);
      size += hints.length;
      for (const hint of hints) begin(page, hint, follow);
    },
    resume(follow) {
      for (const page of pages) page.cursor = null;
      const again = [...failed];
      failed.clear();
      for (const [hint, { page }] of again) begin(page, hint, follow);
    },
    takeDone() {
      const [first] = pages;
      if (first === undefined || first.open.size > 0) return null;
      pages.shift();
      return first;
    },
    failure: () => failed.values().next().value ?? null,
    changed: () => new Promise((resolve) => listeners.push(resolve)),
  };
}
