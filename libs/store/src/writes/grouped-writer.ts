/** A conditional update of one document. */
export interface GroupedOperation {
  /** `_id` of the document. Operations on one id are applied in the order they were submitted, never in one batch. */
  readonly id: string;
}

export type WriteResult = 'applied' | 'refused' | Error;

export interface GroupedWriter<O extends GroupedOperation> {
  /** @returns whether the operation's condition held. @throws what the bulk write threw: whether it applied is unknown then */
  submit(operation: O): Promise<boolean>;
  /** Resolves when everything submitted so far has ended. */
  drain(): Promise<void>;
}
