import { Decimal, type JsonValue } from '@entrepot/canonical';
import jsonata from 'jsonata';
import { MappingError } from './mapping-error.ts';

export const EXPRESSION_LIMITS = {
  sourceChars: 4_000,
  timeoutMs: 100,
  /** For the second try, see {@link evaluateBounded}. */
  patientTimeoutMs: 1_000,
  stackDepth: 200,
  sequenceItems: 10_000,
  resultChars: 16_384,
  /** Compiled expressions kept; the flows of one service use far fewer. */
  compiled: 1_000,
} as const;

const compiled = new Map<string, ReturnType<typeof jsonata>>();

/**
 * Says what is wrong with an expression's text, or null. Only syntax: names of fields are not checked, since JSONata answers nothing
 * for a field that is not there.
 */
export function checkExpression(source: string): string | null {
  if (source.trim() === '') return 'is empty';
  if (source.length > EXPRESSION_LIMITS.sourceChars)
    return `has ${source.length} characters: at most ${EXPRESSION_LIMITS.sourceChars} are allowed`;
  try {
    compile(source);
    return null;
  } catch (error) {
    return `is not JSONata: ${describeJsonataError(error)}`;
  }
}

export interface EvaluationOptions {
  /** Names that the expression may use besides its context: `record` is `$record`. */
  readonly bindings?: Readonly<Record<string, JsonValue>>;
  /** Which part of the record it is evaluated over, for messages: `line 4711`. */
  readonly where?: string | undefined;
}

/**
 * Evaluates a JSONata expression over a record's JSON form. `path` names the setting the expression stands in, for messages.
 *
 * Decimals are text in the JSON form, so that nothing is lost. `$dec(a, op, b)` calculates and compares them exactly:
 * `$dec(totals.current.total.base.amount, '>', '100')`. `$number(…)` works too, as a float.
 * @returns plain JSON; undefined when the expression selects nothing
 * @throws MappingError `expression-failed` when it does not compile, fails, takes longer than a second, or its result is too large
 */
export async function evaluateExpression(
  source: string,
  json: JsonValue,
  path: string,
  { bindings = {}, where }: EvaluationOptions = {},
): Promise<JsonValue | undefined> {
  const invalid = checkExpression(source);
  if (invalid !== null) throw failed(path, `the expression ${invalid}`);
  const fail = (reason: string, cause?: unknown) =>
    failed(path, where === undefined ? reason : `${reason} (${where})`, cause);
  let result: unknown;
  try {
    result = await evaluateBounded(source, json, bindings);
  } catch (error) {
    throw fail(describeJsonataError(error), error);
  }
  if (result === undefined || typeof result === 'function') return undefined;
  // JSONata's sequences are arrays with extra properties; a copy through JSON is plain, and bounded.
  const text = JSON.stringify(result);
  if (text === undefined) return undefined;
  if (text.length > EXPRESSION_LIMITS.resultChars)
    throw fail(`the result has ${text.length} characters: at most ${EXPRESSION_LIMITS.resultChars} are allowed`);
  return JSON.parse(text) as JsonValue;
}

/**
 * Evaluates a condition. JSONata's own truth applies: nothing, `""`, 0, null and empty lists are false.
 * @throws MappingError as {@link evaluateExpression}
 */
export async function evaluateCondition(source: string, json: JsonValue, path: string): Promise<boolean> {
  const invalid = checkExpression(source);
  if (invalid !== null) throw failed(path, `the expression ${invalid}`);
  return (await evaluateExpression(`$boolean(${source}\n)`, json, path)) === true;
}

const TIMED_OUT = 'D1012';
let patientTurn: Promise<unknown> = Promise.resolve();

/**
 * JSONata's limit is wall-clock time, and evaluations of many records share one thread: on a busy machine a good
 * expression may exceed it through no fault of its own, and its record would fail. An expression that exceeds it is
 * therefore evaluated once more, alone, with ten times the limit.
 */
async function evaluateBounded(
  source: string,
  json: JsonValue,
  bindings: Readonly<Record<string, JsonValue>>,
): Promise<unknown> {
  try {
    return await compile(source).evaluate(json, bindings);
  } catch (error) {
    if ((error as { code?: unknown }).code !== TIMED_OUT) throw error;
  }
  const patient = patientTurn.then(() => compile(source, EXPRESSION_LIMITS.patientTimeoutMs).evaluate(json, bindings));
  patientTurn = patient.catch(() => undefined);
  return patient;
}

function compile(source: string, timeout: number = EXPRESSION_LIMITS.timeoutMs): ReturnType<typeof jsonata> {
  const key = `${timeout} ${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const expression = jsonata(source, {
    timeout,
    stack: EXPRESSION_LIMITS.stackDepth,
    sequence: EXPRESSION_LIMITS.sequenceItems,
  });
  expression.registerFunction('dec', calculate, '<(sn)s(sn):(sb)>');
  if (compiled.size >= EXPRESSION_LIMITS.compiled) compiled.delete(compiled.keys().next().value as string);
  compiled.set(key, expression);
  return expression;
}

function calculate(
  left: string | number | undefined,
  operator: string,
  right: string | number | undefined,
): string | boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  const [a, b] = [new Decimal(left), new Decimal(right)];
  switch (operator) {
    case '+':
      return a.plus(b).toFixed();
    case '-':
      return a.minus(b).toFixed();
    case '*':
      return a.times(b).toFixed();
    case '/':
      return a.div(b).toDecimalPlaces(15).toFixed();
    case '<':
      return a.lt(b);
    case '<=':
      return a.lte(b);
    case '=':
      return a.eq(b);
    case '>=':
      return a.gte(b);
    case '>':
      return a.gt(b);
    default:
      throw new Error(`$dec knows + - * / < <= = >= >, not "${operator}"`);
  }
}

function failed(path: string, reason: string, cause?: unknown): MappingError {
  return new MappingError('expression-failed', `${path}: ${reason}`, {
    advice: `Correct the expression at ${path} in the flow's settings.`,
    fields: [{ path, message: reason }],
    cause,
  });
}

function describeJsonataError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, position } = error as { message?: string; position?: number };
  return position === undefined ? String(message) : `${message} (at character ${position})`;
}
