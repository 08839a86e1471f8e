import { type ErrorDetail, type FieldProblem, type Ref } from '@entrepot/canonical';
import { ANY_VALUE, findMappedValue, type MappingSettings } from '@entrepot/mapping';
import { DEFAULT_TEXT_LIMITS, type SapB1Settings, type TextColumn } from '../config.ts';

interface Problem extends FieldProblem {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** Gathers all problems that keep a record from being mapped, so that an operator sees them together. */
export interface Problems {
  add(
    code: string,
    path: string,
    message: string,
    advice: string,
    values?: { expected?: string; actual?: string },
  ): void;
  readonly any: boolean;
  /** All problems as one error; its code is the first one's. @throws Error when there is none */
  toDetail(): ErrorDetail;
}

export function collectProblems(): Problems {
  const problems: Problem[] = [];
  return {
    add: (code, path, message, advice, values = {}) => {
      if (problems.some((known) => known.code === code && known.path === path && known.message === message)) return;
      problems.push({ code, path, message, advice, ...values });
    },
    get any() {
      return problems.length > 0;
    },
    toDetail: () => {
      const [first] = problems;
      if (first === undefined) throw new Error('there is no problem to tell');
      const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
      return {
        kind: 'mapping',
        code: first.code,
        message: first.message + more,
        advice: [...new Set(problems.map((problem) => problem.advice))].join(' '),
        fields: problems.map(({ path, message, expected, actual }) => ({
          path,
          message,
          ...(expected === undefined ? {} : { expected }),
          ...(actual === undefined ? {} : { actual }),
        })),
      };
    },
  };
}

export type ValueMapKind =
  | 'warehouse'
  | 'paymentTerms'
  | 'tax'
  | 'shipVia'
  | 'salesPerson'
  | 'branch'
  | 'currency'
  | 'customerGroup'
  | 'priceList'
  | 'state';

/** Looks the candidates up in a value map of the flow, first hit wins, then `*`; null when the map says nothing. */
export function lookUpValue(
  flow: MappingSettings,
  kind: ValueMapKind,
  candidates: readonly (string | null | undefined)[],
): string | null {
  const known = candidates.find(
    (candidate) =>
      candidate !== null && candidate !== undefined && Object.hasOwn(flow.valueMaps[kind] ?? {}, candidate),
  );
  if (known !== undefined && known !== null) return findMappedValue(flow, kind, known) ?? null;
  const first =
    candidates.find((candidate) => candidate !== null && candidate !== undefined && candidate !== '') ?? null;
  // "*" says what a value of the source becomes; where the source gives none, it stands for that too.
  return Object.hasOwn(flow.valueMaps[kind] ?? {}, ANY_VALUE) ? (findMappedValue(flow, kind, first) ?? null) : null;
}

/** True when the flow has a map of that kind: a value it does not know is then a gap to report, not "no wish". */
export function hasValueMap(flow: MappingSettings, kind: ValueMapKind): boolean {
  return Object.keys(flow.valueMaps[kind] ?? {}).length > 0;
}

/** What a reference may be listed under in a value map: id, number, name. */
export function namesOf(ref: Ref | null | undefined): (string | null)[] {
  return ref === null || ref === undefined ? [] : [ref.id, ref.number, ref.name];
}

/** The most descriptive name of a reference, for messages. */
export function labelOf(ref: Ref): string {
  return ref.name ?? ref.number ?? ref.id ?? '(unnamed)';
}

const MICROS_PER_MS = 1000;

/** By time zone: making one costs more than mapping a line. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** By time zone and minute, in which no day begins: the orders of a moment carry the same few times. */
const days = new Map<string, string>();
const MAX_DAYS = 500;
const MICROS_PER_MINUTE = 60_000_000;

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`: documents carry days of the company. */
export function dayIn(timeZone: string, micros: number): string {
  const minute = `${timeZone} ${Math.floor(micros / MICROS_PER_MINUTE)}`;
  const known = days.get(minute);
  if (known !== undefined) return known;
  const day = formatOf(timeZone).format(new Date(micros / MICROS_PER_MS));
  if (days.size >= MAX_DAYS) days.clear();
  days.set(minute, day);
  return day;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format;
}

/** `day` plus whole days. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

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

/** Longest text of a column, by the connection's settings; a user-defined field that they do not name takes any. */
export function textLimitOf(settings: Pick<SapB1Settings, 'textLimits'>, column: TextColumn): number {
  const usual: Readonly<Record<string, number>> = DEFAULT_TEXT_LIMITS;
  return settings.textLimits[column] ?? usual[column] ?? Number.POSITIVE_INFINITY;
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
