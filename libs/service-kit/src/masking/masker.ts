import { MASK, maskNamedSecrets } from './named-secrets.ts';
import { type Place, type SpelledValue, spellValue } from './spellings.ts';

/** Session tokens come and go; those before the last so many are no secrets any more. */
const MOST_LEARNED = 50;

/** Takes secrets out of texts: those that their names or forms show, and known values in whatever spelling. */
export interface Masker {
  /** From now on this value is masked, too: a session, an access token. */
  learn(value: string): void;
  mask(text: string): string;
  /** Masks, then cuts: a cut through a secret would leave a part that nobody knows again. */
  cut(text: string, mostChars: number): string;
}

/** How much of an over-long text is masked beyond what is kept: no secret at the edge may be longer. */
const LOOKAHEAD_CHARS = 4_096;

/** @param secrets texts at any depth (the secrets of a connection as they are) */
export function createMasker(secrets: unknown): Masker {
  /** Spelled when first looked for: most connections never have anything to mask. */
  const known = new Map<string, readonly SpelledValue[] | null>(listTexts(secrets).map((text) => [text, null]));
  const learned: string[] = [];

  const spellingsOf = (value: string): readonly SpelledValue[] => {
    const spelled = known.get(value) ?? spellValue(value);
    known.set(value, spelled);
    return spelled;
  };
  const mask = (text: string): string => {
    const spellings = [...known.keys()].flatMap(spellingsOf);
    return maskNamedSecrets(
      replacePlaces(
        text,
        spellings.flatMap((spelling) => spelling.findAll(text)),
      ),
    );
  };
  return {
    learn: (value) => {
      if (known.has(value)) return;
      known.set(value, null);
      learned.push(value);
      const oldest = learned.length > MOST_LEARNED ? learned.shift() : undefined;
      if (oldest !== undefined) known.delete(oldest);
    },
    mask,
    cut: (text, mostChars) => cutMasked(text, mostChars, mask),
  };
}

/** Knows no values: names and forms alone. */
export const NAMES_ONLY: Masker = createMasker([]);

function cutMasked(text: string, mostChars: number, mask: Masker['mask']): string {
  const masked = mask(text.slice(0, mostChars + LOOKAHEAD_CHARS));
  if (text.length <= mostChars && masked.length <= mostChars) return masked;
  return `${masked.slice(0, mostChars)}… (cut, ${text.length} characters)`;
}

/** Places may overlap: one value may contain another, or begin as another does. */
function replacePlaces(text: string, places: Place[]): string {
  let masked = '';
  let copiedTo = 0;
  for (const { from, to } of places.sort((a, b) => a.from - b.from)) {
    if (from >= copiedTo) masked += text.slice(copiedTo, from) + MASK;
    copiedTo = Math.max(copiedTo, to);
  }
  return copiedTo === 0 ? text : masked + text.slice(copiedTo);
}

function listTexts(secrets: unknown): string[] {
  if (typeof secrets === 'string') return [secrets];
  if (typeof secrets !== 'object' || secrets === null) return [];
  return Object.values(secrets).flatMap(listTexts);
}
