import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>>['values'];

/** A program's command line: what can be said, and what it means. */
export interface Command<Known extends Options, Arguments> {
  /** Printed for --help, and after what is wrong. */
  readonly usage: string;
  readonly options: Known;
  /** Words without dashes are refused unless this says what one of them is, as in "a bench". */
  readonly word?: string;
  /** @throws CommandLineError for a value that does not fit */
  read(values: Values<Known>, words: readonly string[]): Arguments;
}

/** The command line cannot be read; the message says why and what is known. */
export class CommandLineError extends Error {}

/**
 * Reads `words`; `--help` and `-h` are known to every command.
 * @returns null when help was asked for
 * @throws CommandLineError for an unknown option, a missing value or a value that does not fit
 */
export function parseCommand<const Known extends Options, Arguments>(
  command: Command<Known, Arguments>,
  words: readonly string[],
): Arguments | null {
  const { values, positionals } = parse({ ...command.options, help: { type: 'boolean', short: 'h' } }, words);
  if (values['help'] === true) return null;
  if (positionals.length > 0 && command.word === undefined) {
    throw new CommandLineError(`"${positionals[0]}" is not known: ${listOptions(command.options)}.`);
  }
  // The same options and one more: the type of a spread of a generic does not say so.
  return command.read(values as Values<Known>, positionals);
}

function parse(options: Options, words: readonly string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error) || !String(error.code).startsWith('ERR_PARSE_ARGS'))
      throw error;
    const [sentence] = error.message.split(/\.?\s+(?:To specify|Did you)/, 1);
    throw new CommandLineError(
      error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? `${sentence}: ${listOptions(options)}.` : `${sentence}.`,
    );
  }
}

function listOptions(options: Options): string {
  return `known are ${[...new Set([...Object.keys(options), 'help'])].map((name) => `--${name}`).join(', ')}`;
}

/** Reads this process's command line; when there is nothing to do but to print the usage, the process ends: 0 for --help, 2 for a mistake. */
export function readCommandLine<const Known extends Options, Arguments>(command: Command<Known, Arguments>): Arguments {
  try {
    const read = parseCommand(command, process.argv.slice(2));
    if (read !== null) return read;
    console.log(command.usage);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    console.error(`${error.message}\n\n${command.usage}`);
    process.exit(2);
  }
}

/**
 * The number that `text` is; undefined for undefined.
 * @throws CommandLineError unless it is a number from `from` on, whole unless `fraction`
 */
export function readNumber(
  option: string,
  text: string | undefined,
  { from = 0, fraction = false }: { readonly from?: number; readonly fraction?: boolean } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  const fits =
    text.trim() !== '' && Number.isFinite(number) && number >= from && (fraction || Number.isSafeInteger(number));
  if (!fits)
    throw new CommandLineError(`${option} is "${text}", not a ${fraction ? '' : 'whole '}number from ${from} on.`);
  return number;
}
