import { DEFAULT_TEXT_LIMITS, type SapB1Settings, type TextColumn, textLimitOf } from '../config.ts';
import { type Problems } from './problems.ts';

/** Fits texts into SAP's columns; never cuts silently. */
export interface TextFitter {
  /** The text as the column takes it. Over the limit: a problem, or cut and noted in the remarks, as the connection says. */
  fit(column: TextColumn, value: string, path: string): string;
  /** A text that means nothing when it is cut (e-mail, number). Over the limit: a problem, or left out (null) and noted in the remarks. */
  fitWhole(column: TextColumn, value: string, path: string): string | null;
  /** Longest text of a column. */
  limitOf(column: TextColumn): number;
  /** Notes in the remarks what has no column. */
  note(label: string, text: string): void;
  /** Whole texts of what was cut or left out, one a line, framed as ours (see {@link mergeRemarks}); null when there is none. */
  remarks(column: 'OpeningRemarks' | 'FreeText'): string | null;
}

export function createTextFitter(
  settings: Pick<SapB1Settings, 'textLimits' | 'overlongText'>,
  problems: Problems,
): TextFitter {
  const notes: string[] = [];
  /** True when the text is too long, and may be kept in the remarks instead. */
  const isKept = (column: TextColumn, text: string, path: string): boolean => {
    const limit = textLimitOf(settings, column);
    // Counted in UTF-16 units, as nvarchar columns are.
    if (text.length <= limit) return false;
    if (settings.overlongText === 'refuse') {
      problems.add(
        'text-too-long',
        path,
        `${path} has ${text.length} characters, SAP's ${column} takes ${limit}`,
        'Shorten it at the source, or let the connection keep long texts in the remarks (overlongText).',
      );
      return false;
    }
    notes.push(`${column}: ${text}`);
    return true;
  };
  return {
    fit: (column, value, path) => {
      const text = value.trim();
      return isKept(column, text, path) ? cutAt(text, textLimitOf(settings, column)) : text;
    },
    fitWhole: (column, value, path) => {
      const text = value.trim();
      return isKept(column, text, path) ? null : text;
    },
    limitOf: (column) => textLimitOf(settings, column),
    note: (label, text) => {
      notes.push(`${label}: ${text}`);
    },
    remarks: (column) => {
      if (notes.length === 0) return null;
      // One line end for all: SAP gives them back in its own way.
      const joined = [...new Set(notes)].join('\n').replaceAll(/\r\n?/g, '\n');
      // Marks inside of the frame would end it too early.
      const text = joined.replaceAll(/\[(\/?)Entrepot\]/g, '($1Entrepot)');
      const limit = textLimitOf(settings, column) - FRAME_CHARS;
      if (text.length > limit)
        problems.add(
          'remarks-too-long',
          column,
          `the texts that are too long for their columns come to ${text.length} characters, SAP's ${column} takes ${limit} of them`,
          'Shorten them at the source; where the column takes more in your company, say so in "textLimits" of the connection.',
        );
      return `${FRAME.begin}\n${text}\n${FRAME.end}`;
    },
  };
}

const FRAME = { begin: '[Entrepot]', end: '[/Entrepot]' } as const;
const FRAME_CHARS = FRAME.begin.length + FRAME.end.length + 2;
const FRAMED = /\[Entrepot\][\s\S]*?\[\/Entrepot\]/;

/**
 * What is planned for the remarks where the flow itself gives a text for them: that text, then ours. Nothing of people's stays beside it.
 * @param own what the flow gives; undefined: it gives none
 */
export function joinRemarks(own: unknown, ours: string | null): string | null {
  if (own === undefined) return ours;
  const text = own === null ? '' : String(own).trim().replaceAll(/\r\n?/g, '\n');
  return ours === null ? text : `${text}\n${ours}`;
}

/**
 * The remarks as they shall be: our part, in its frame, is brought up to date or taken away; what people wrote around it stays. A text that
 * the flow gives replaces it all.
 * @param current what SAP holds
 * @param planned our part as {@link TextFitter.remarks} gives it, or what {@link joinRemarks} made of it
 */
export function mergeRemarks(current: string | null, planned: string | null): string | null {
  if (planned !== null && !planned.startsWith(FRAME.begin)) {
    const text = planned.trim();
    if (text === '') return null;
    return text === current?.replaceAll(/\r\n?/g, '\n') ? current : text;
  }
  const framed = FRAMED.exec(current ?? '')?.[0];
  // SAP gives line ends back in its own way.
  if (framed !== undefined && framed.replaceAll(/\r\n?/g, '\n') === planned) return current;
  if (framed === undefined) return planned === null ? current : current === null ? planned : `${current}\n${planned}`;
  // A function, since a text may hold what means something in a replacement.
  const merged = (current ?? '').replace(FRAMED, () => planned ?? '').trim();
  return merged === '' ? null : merged;
}

/** Cuts without splitting a surrogate pair, and without a blank at the end. */
export function cutAt(text: string, limit: number): string {
  const code = text.charCodeAt(limit - 1);
  const splitsPair = code >= 0xd800 && code <= 0xdbff;
  return text.slice(0, splitsPair ? limit - 1 : limit).trimEnd();
}

/** Columns whose texts mean nothing when they are cut. */
const WHOLE: ReadonlySet<string> = new Set([
  'CardCode',
  'EmailAddress',
  'Phone1',
  'Cellular',
  'Fax',
  'FederalTaxID',
  'ZipCode',
  'State',
]);

/**
 * The fields that the flow's expressions give, as their columns take them.
 * @param remarks the column of the remarks: what the flow gives for it is planned together with ours
 */
export function fitOwnFields(
  texts: TextFitter,
  fields: Readonly<Record<string, unknown>>,
  remarks: 'OpeningRemarks' | 'FreeText',
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== remarks)
      .map(([name, value]) => [name, fitOwnField(texts, name, value, `fields.${name}`)]),
  );
}

/** A field that the flow gives. How long a user-defined field is, only the settings know. */
export function fitOwnField(texts: TextFitter, name: string, value: unknown, path: string): unknown {
  const isKnown = name.startsWith('U_') || Object.hasOwn(DEFAULT_TEXT_LIMITS, name);
  if (typeof value !== 'string' || !isKnown) return value;
  const column = name as TextColumn;
  return WHOLE.has(name) ? texts.fitWhole(column, value, path) : texts.fit(column, value, path);
}
