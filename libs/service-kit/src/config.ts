import { NAMES_ONLY } from './masking/index.ts';

/** Type of an environment variable's value. `list`: comma-separated, blanks trimmed, empty items dropped. */
export type ConfigType = 'string' | 'integer' | 'boolean' | 'url' | 'list';

interface ValueByType {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly url: string;
  readonly list: readonly string[];
}

/** One environment variable, declared as data. */
export interface ConfigField<T extends ConfigType = ConfigType> {
  /** Its purpose; shown when it is missing and by `describe`. */
  readonly description: string;
  readonly type: T;
  /** Used when the variable is unset or empty. */
  readonly default?: ValueByType[T];
  /** Never shown: neither by `describe` nor in a fault. */
  readonly secret?: boolean;
  /** When both the value and a default are missing: a fault if true, null otherwise. */
  readonly required?: boolean;
  /** Smallest and largest allowed integer. */
  readonly min?: number;
  readonly max?: number;
  /** The only values allowed, for strings. */
  readonly oneOf?: readonly string[];
  /** The required form of a string, and what to write instead. */
  readonly mustMatch?: { readonly pattern: RegExp; readonly advice: string };
}

/** Any declared field, of any type. */
export type AnyConfigField = { readonly [T in ConfigType]: ConfigField<T> }[ConfigType];
export type ConfigFields = Readonly<Record<string, AnyConfigField>>;

type FieldValue<F extends AnyConfigField> =
  | ValueByType[F['type']]
  | (F extends { readonly default: unknown } | { readonly required: true } ? never : null);

/** The values of declared fields: null only where a field has neither a default nor `required: true`. */
export type ConfigOf<Fields extends ConfigFields> = { readonly [Name in keyof Fields]: FieldValue<Fields[Name]> };

export interface ConfigFault {
  readonly variable: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly advice: string;
}

/** The environment does not fit the declaration. Lists every fault; contains no secret values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  ${fault.variable}: ${fault.problem}. ${fault.advice}`);
    super(`configuration has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An effective value, for people: secrets masked. */
export interface DescribedSetting {
  readonly variable: string;
  readonly description: string;
  readonly value: string;
  readonly isDefault: boolean;
}

export interface ConfigDeclaration<Fields extends ConfigFields> {
  readonly fields: Fields;
  /** Reads the declared variables and ignores others. @throws ConfigError with every fault */
  readConfig(env: Environment): ConfigOf<Fields>;
  /** Every declared variable with its value in `env`; secrets masked, unreadable values shown unchanged. */
  describe(env: Environment): DescribedSetting[];
}

/** Declares the environment variables of a service or lib; `{...a.fields, ...b.fields}` joins declarations. */
export function declareConfig<const Fields extends ConfigFields>(fields: Fields): ConfigDeclaration<Fields> {
  return {
    fields,
    readConfig: (env) => readFields(fields, env),
    describe: (env) => Object.entries(fields).map(([variable, field]) => describeField(variable, field, env)),
  };
}

function readFields<Fields extends ConfigFields>(fields: Fields, env: Environment): ConfigOf<Fields> {
  const values: Record<string, unknown> = {};
  const faults: ConfigFault[] = [];
  for (const [variable, field] of Object.entries(fields)) {
    const text = env[variable]?.trim() ?? '';
    const result = text === '' ? readAbsent(field) : parseText(field, text);
    if ('fault' in result) faults.push({ variable, ...result.fault });
    else values[variable] = result.value;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return values as ConfigOf<Fields>;
}

type Parsed = { readonly value: unknown } | { readonly fault: Omit<ConfigFault, 'variable'> };

function readAbsent(field: AnyConfigField): Parsed {
  if (field.default !== undefined) return { value: field.default };
  if (field.required !== true) return { value: null };
  return { fault: { problem: 'is not set', advice: `Set it: ${field.description}` } };
}

function parseText(field: AnyConfigField, text: string): Parsed {
  const shown = field.secret === true ? 'the value (not shown, it is secret)' : `"${NAMES_ONLY.mask(text)}"`;
  const refuse = (problem: string, advice: string): Parsed => ({ fault: { problem: `${shown} ${problem}`, advice } });
  switch (field.type) {
    case 'string':
      if (field.oneOf !== undefined && !field.oneOf.includes(text)) {
        return refuse('is not allowed', `Use one of: ${field.oneOf.join(', ')}`);
      }
      if (field.mustMatch !== undefined && !field.mustMatch.pattern.test(text)) {
        return refuse('has not the form it needs', field.mustMatch.advice);
      }
      return { value: text };
    case 'integer': {
      const value = Number(text);
      if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
        return refuse('is not a whole number', `Set a whole number: ${field.description}`);
      }
      if (field.min !== undefined && value < field.min) return refuse('is too small', `Use ${field.min} or more`);
      if (field.max !== undefined && value > field.max) return refuse('is too large', `Use ${field.max} or less`);
      return { value };
    }
    case 'boolean':
      if (/^(true|1|yes|on)$/i.test(text)) return { value: true };
      if (/^(false|0|no|off)$/i.test(text)) return { value: false };
      return refuse('is neither true nor false', 'Use true or false');
    case 'url':
      if (URL.canParse(text)) return { value: text };
      return refuse('is not a URL', `Write it with its scheme, e.g. http://127.0.0.1:8080: ${field.description}`);
    case 'list': {
      const items = text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      if (items.length === 0)
        return refuse('has no items', `List at least one, separated by commas: ${field.description}`);
      return { value: items };
    }
  }
}

function describeField(variable: string, field: AnyConfigField, env: Environment): DescribedSetting {
  const text = env[variable]?.trim() ?? '';
  const isDefault = text === '';
  const raw = isDefault ? field.default : text;
  // Connection strings often carry credentials in variables that are not declared secret.
  const value = raw === undefined ? '(not set)' : field.secret === true ? '********' : NAMES_ONLY.mask(String(raw));
  return { variable, description: field.description, value, isDefault };
}
