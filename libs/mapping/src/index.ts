export { checkExpression, EXPRESSION_LIMITS, evaluateCondition, evaluateExpression } from './expression.ts';
export * from './flow-settings.ts';
export { decideFlow, type FlowDecision, SKIP_REASONS, type SkipReason } from './gate.ts';
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
export {
  ANY_VALUE,
  type CustomFields,
  defaultValue,
  describeMissingValue,
  evaluateFields,
  evaluateLineFields,
  findMappedValue,
  mapValue,
  SAME_VALUE,
} from './values.ts';
