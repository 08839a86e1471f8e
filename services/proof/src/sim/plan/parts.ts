/** A part of a record, and with which change of the record it appears. */
export interface PartPlan {
  readonly id: string;
  readonly fromChange: number;
}
