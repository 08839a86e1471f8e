export {
  ANY_VALUE,
  type CustomFields,
  decideFlow,
  describeMissingValue,
  evaluateFields,
  evaluateLineFields,
  type FlowDecision,
  findMappedValue,
  mapValue,
  SAME_VALUE,
  SKIP_REASONS,
  type SkipReason,
} from './apply-flow.ts';
export { checkExpression, EXPRESSION_LIMITS, evaluateCondition, evaluateExpression } from './expression.ts';
export * from './flow-settings.ts';
export { MappingError } from './mapping-error.ts';
export {
  amount,
  boundedText,
  fraction,
  milliseconds,
  namedValues,
  text,
  wholeNumber,
} from './settings/fields.ts';
export { READ_AS_DEFAULT, readStored } from './settings/read-stored.ts';
