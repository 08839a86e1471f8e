/** Injection tokens of the ledger's composition root. */
export const LEDGER_STORE = Symbol('ledger store');
export const LEDGER = Symbol('ledger');
