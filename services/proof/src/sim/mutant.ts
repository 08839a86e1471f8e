/** A mistake injected into the product's code while it is loaded, to prove that the simulation detects it. */
export interface Mutant {
  readonly name: string;
  /** Number of seeds within which it must be caught. */
  readonly within: number;
  /** The faults that count as catching it, one of these; a mistake that only made the code throw would prove nothing. */
  readonly breaks: readonly string[];
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
}
