/** Injection tokens of the ledger's composition root. */
export const LEDGER = Symbol('ledger');
