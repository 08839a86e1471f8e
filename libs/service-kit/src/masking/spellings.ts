/** Shorter values are masked only where a secret is expected ("password 'abc'"): replaced everywhere, they would destroy texts. */
const SHORTEST_VALUE = 6;
/** Words right before a secret. */
const SECRETS_PLACE =
  /(?:pass(?:w(?:or[dt])?)?|pwd|kennwort|secret|token|pin)[^A-Za-z0-9]{1,8}(?:(?:is|was|of)[^A-Za-z0-9]{1,3})?$/i;
/** A value of one kind of letters or digits up to this length may be a common word: it must stand alone. */
const MAX_WORD_CHARS = 11;
/**
 * This many first characters of a value count as a secret even in the middle of a text, unless they look like a word: the value was
 * truncated.
 */
const TELLING_CHARS = 8;
/** Marks of a truncated text: its end, dots, or brackets and quotes that close the truncated part. */
const CUT = /^(?:["')\]}>\s]*$|\s*(?:…|\.{2,}|[[(](?:cut|truncated)))/i;

export interface Place {
  readonly from: number;
  readonly to: number;
}

/** A secret value in one kind of spelling. */
export interface SpelledValue {
  /** Global; finds the first characters of the value. Most texts hold none. */
  readonly head: RegExp;
  /** The place of the value behind a head: whole, or its beginning where it was truncated; null when other text stands there. */
  judge(text: string, from: number): Place | null;
}

/** The value as it is, and in JSON, URL, HTML, hexadecimal and base64 (at any offset, as inside a Basic header), escaped any number of times. */
export function spellValue(value: string): SpelledValue[] {
  if (value === '') return [];
  if (value.length < SHORTEST_VALUE) return [spellShort(value)];
  const bytes = Buffer.from(value);
  const isWord = value.length <= MAX_WORD_CHARS && /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+|\d+)$/.test(value);
  const encoded = [0, 1, 2].flatMap((offset) => {
    const standard = encodeInside(bytes, offset);
    return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = bytes.toString('hex');
  const others = new Set([...encoded, hex, hex.toUpperCase()].filter((text) => text.length >= SHORTEST_VALUE));
  return [spell(value, isWord), ...[...others].map((text) => spell(text, false))];
}

function spellShort(value: string): SpelledValue {
  return {
    head: new RegExp(escapeLiteral(value), 'g'),
    judge: (text, from) => {
      const to = from + value.length;
      const endsThere = !/^[A-Za-z0-9]/.test(text.slice(to, to + 1));
      return endsThere && SECRETS_PLACE.test(text.slice(Math.max(0, from - 24), from)) ? { from, to } : null;
    },
  };
}

/** Base64 of the bytes behind `offset` unknown ones, without the characters at both ends that depend on the neighbours. */
function encodeInside(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

function spell(value: string, isWord: boolean): SpelledValue {
  // Consecutive backslashes are one piece: each may have been doubled, and a pattern for each one would try all ways to divide them.
  const pieces = value.match(/\\+|[^\\]/gu) ?? [];
  const { length } = pieces;
  const shortestCut = Math.max(4, Math.min(SHORTEST_VALUE, Math.ceil(length / 2)));
  const head = new RegExp(pieces.slice(0, shortestCut).map(patternOf).join(''), 'g');
  const steps = pieces.map(stepsOf);

  return { head, judge };

  function judge(text: string, from: number): Place | null {
    const { to, matched } = walk(text, from);
    if (isWord && !beginsWord(text, from)) return null;
    if (matched === length) return isWord && /^[A-Za-z0-9]/.test(text.slice(to, to + 1)) ? null : { from, to };
    const isTelling = matched >= TELLING_CHARS && !/^[A-Z]?[a-z]*$|^[A-Z]+$/.test(value.slice(0, matched));
    return isTelling || CUT.test(text.slice(to, to + 40)) ? { from, to } : null;
  }

  /** Follows all readings of a text: where one piece ends and the next begins, only what stands behind them shows. */
  function walk(text: string, from: number): Walk {
    let ends = new Set([from]);
    let matched = 0;
    for (const ways of steps) {
      const next = new Set([...ends].flatMap((end) => ways.flatMap((way) => endOf(way, text, end))));
      if (next.size === 0) break;
      ends = next;
      matched += 1;
    }
    return { to: Math.max(...ends), matched };
  }
}

interface Walk {
  readonly to: number;
  /** Pieces of the value that stand there. */
  readonly matched: number;
}

function endOf(way: RegExp, text: string, from: number): number[] {
  way.lastIndex = from;
  return way.test(text) ? [way.lastIndex] : [];
}

/** True where no letter or digit stands before, an escape (`%22`, `\n`) aside. */
function beginsWord(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 6), at);
  return /(?:^|[^A-Za-z0-9]|%[0-9a-f]{2}|\\[nrtbf]|\\u[0-9a-f]{4})$/i.test(before);
}

const HTML_NAMES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const JSON_LETTERS: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };
/** What may be followed by more of the same: "%25" is "%" encoded, or "%", "2" and "5" as they are. */
const AMBIGUOUS = /^[\\%&u]/;

const STEPS = new Map<string, readonly RegExp[]>();

/** Each matches from one place to one end only. Shared by all values: there are few characters and many values. */
function stepsOf(piece: string): readonly RegExp[] {
  const ways = (): string[] => (AMBIGUOUS.test(piece) ? listWays(piece, true) : [patternOf(piece)]);
  const steps = STEPS.get(piece) ?? ways().map((way) => new RegExp(way, 'y'));
  STEPS.set(piece, steps);
  return steps;
}

function patternOf(piece: string): string {
  return `(?:${listWays(piece, false).join('|')})`;
}

/**
 * How one piece may be written: `\u0041`, `%41`, `%2541`, `&#65;`, `&quot;`, itself behind backslashes; escaped thrice at most.
 * @param oneEnd a way for each number of repetitions, in place of one for all of them
 */
function listWays(piece: string, oneEnd: boolean): string[] {
  const { length } = piece;
  const escapes = oneEnd ? ['0', '1', '2', '3'] : ['0,3'];
  const units = Array.from({ length }, (_, i) => `\\\\{1,7}u${hexOf(piece.charCodeAt(i), 4)}`).join('');
  const percent = escapes.map((n) =>
    Array.from(Buffer.from(piece), (byte) => `%(?:25){${n}}${hexOf(byte, 2)}`).join(''),
  );
  const entities = escapes.map((n) => Array.from(piece, (character) => entityOf(character, n)).join(''));
  const letter = JSON_LETTERS[piece] === undefined ? [] : [`\\\\{1,7}${JSON_LETTERS[piece]}`];
  const plus = piece === ' ' ? ['\\+'] : [];
  return [units, ...percent, ...entities, ...literals(), ...letter, ...plus];

  function literals(): string[] {
    if (!piece.startsWith('\\')) return [`\\\\{0,7}${escapeLiteral(piece)}`];
    const counts = Array.from({ length: 7 * length + 1 }, (_, more) => String(length + more));
    return (oneEnd ? counts : [`${length},${8 * length}`]).map((count) => `\\\\{${count}}`);
  }
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\.*+?^${}()|[\]/-]/g, '\\$&');
}

function entityOf(character: string, escapes: string): string {
  const code = character.codePointAt(0) ?? 0;
  const named = HTML_NAMES[character] === undefined ? '' : `|${HTML_NAMES[character]}`;
  return `&(?:amp;){${escapes}}(?:#0{0,4}${code}|#[xX]0{0,4}${hexOf(code, 1)}${named});`;
}

function hexOf(code: number, digits: number): string {
  const hex = code.toString(16).padStart(digits, '0');
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
