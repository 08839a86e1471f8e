import { describe, expect, it } from 'vitest';
import { CommandLineError, parseCommand, readNumber } from '../src/command-line.ts';

const command = {
  usage: 'brew [--cups N] [--strong]',
  options: { cups: { type: 'string' }, strong: { type: 'boolean' } },
  read: ({ cups, strong = false }: { cups?: string; strong?: boolean }) => ({
    cups: readNumber('--cups', cups, { from: 1 }) ?? 1,
    strong,
  }),
} as const;
const refusal = (...words: string[]) => {
  try {
    return parseCommand(command, words);
  } catch (error) {
    return error;
  }
};

describe('a command line', () => {
  it('gives values by what stands there, and none for help', () => {
    expect(parseCommand(command, [])).toEqual({ cups: 1, strong: false });
    expect(parseCommand(command, ['--cups=3', '--strong'])).toEqual({ cups: 3, strong: true });
    expect(parseCommand(command, ['--cups', '3'])).toEqual({ cups: 3, strong: false });
    expect(parseCommand(command, ['--strong', '--help'])).toBeNull();
    expect(parseCommand(command, ['-h'])).toBeNull();
  });

  it.each([
    [['--cup=3'], "Unknown option '--cup': known are --cups, --strong, --help."],
    [['tea'], '"tea" is not known: known are --cups, --strong, --help.'],
    [['--cups'], "Option '--cups <value>' argument missing."],
    [['--cups', '--strong'], "Option '--cups' argument is ambiguous."],
    [['--strong=yes'], "Option '--strong' does not take an argument."],
    [['--cups', 'x'], '--cups is "x", not a whole number from 1 on.'],
    [['--cups', '1.5'], '--cups is "1.5", not a whole number from 1 on.'],
    [['--cups', '0'], '--cups is "0", not a whole number from 1 on.'],
    [['--cups='], '--cups is "", not a whole number from 1 on.'],
  ])('refuses %j in words', (words, message) => {
    expect(refusal(...words)).toBeInstanceOf(CommandLineError);
    expect(refusal(...words)).toHaveProperty('message', message);
  });
});
