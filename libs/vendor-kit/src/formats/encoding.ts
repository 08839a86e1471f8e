import iconv from 'iconv-lite';
import { z } from 'zod';

/** What a decoder puts in place of bytes that are no character of the encoding. */
const UNREADABLE = '\uFFFD';
/** Names that the library takes for other notations of bytes; a file of text is none of them. */
const NO_TEXT = /^(hex|base64|binary|utf-?7(-?imap)?)$/i;

/** A setting: the encoding of a site's files, by its usual name. */
export function encodingSetting(help: string) {
  return z
    .string()
    .max(40, { error: 'must have at most 40 characters', abort: true })
    .refine((name) => !NO_TEXT.test(name) && iconv.encodingExists(name), {
      error:
        'is no known encoding; usual ones are utf-8, windows-1252, windows-1250, iso-8859-1, iso-8859-15, cp437, cp850, utf-16le',
    })
    .default('utf-8')
    .describe(`${help}: utf-8, windows-1252, iso-8859-15, cp850 and the like`);
}

/** The text of a file, without a byte order mark. Unreadable bytes stay marked, see {@link isUnreadable}. */
export function decodeText(bytes: Buffer, encoding: string): string {
  return iconv.decode(bytes, encoding);
}

/** True when a part of a decoded text held bytes that the encoding does not have: it is not what the site meant. */
export function isUnreadable(text: string): boolean {
  return text.includes(UNREADABLE);
}

export function encodeText(text: string, encoding: string): Buffer {
  return iconv.encode(text, encoding);
}

/** The characters of a text that the encoding does not have, each once: written, they would become question marks. */
export function findUnfit(text: string, encoding: string): readonly string[] {
  if (iconv.decode(iconv.encode(text, encoding), encoding, { stripBOM: false }) === text) return [];
  const unfit = [...new Set(text)].filter(
    (each) => iconv.decode(iconv.encode(each, encoding), encoding, { stripBOM: false }) !== each,
  );
  return unfit.sort();
}
