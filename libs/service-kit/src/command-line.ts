import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>>['values'];

/** A program's command line: its options and their meaning. */
export interface Command<Known extends Options, Arguments> {
  /** Printed for --help, and after an error. */
  readonly usage: string;
  readonly options: Known;
  /** Names what a word without dashes is, as in "a bench"; without it, such words are refused. */
  readonly word?: string;
  /** @throws CommandLineError for an invalid value */
  read(values: Values<Known>, words: readonly string[]): Arguments;
}

/** The command line is invalid; the message gives the reason and the known options. */
export class CommandLineError extends Error {}

/**
 * Reads `words`; every command knows `--help` and `-h`.
 * @returns null when help is asked for
 * @throws CommandLineError for an unknown option, a missing value or an invalid value
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
  // The same options and one more: the type of a spread of a generic does not express this.
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

/** Reads this process's command line; ends the process when only the usage is to be printed: code 0 for --help, 2 for a mistake. */
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
 * Parses `text` as a number; undefined for undefined.
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
