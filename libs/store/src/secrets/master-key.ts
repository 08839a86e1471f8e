/** The key that wraps the data keys of all sealed values, with its fingerprint. Never print `bytes`. */
export interface MasterKey {
  readonly keyId: string;
  readonly bytes: Buffer;
}
