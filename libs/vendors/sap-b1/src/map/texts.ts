import { type SapB1Settings, type TextColumn, textLimitOf } from '../config.ts';
import type { Problems } from './problems.ts';

/** Fits texts into SAP's columns; never cuts in silence. */
export interface TextFitter {
  /** The text as the column takes it. Over the limit: a problem, or cut and noted in the remarks, as the connection says. */
  fit(column: TextColumn, value: string, path: string): string;
  /** Whole texts of what was cut, one a line; null when nothing was. */
  remarks(): string | null;
}

export function createTextFitter(
  settings: Pick<SapB1Settings, 'textLimits' | 'overlongText'>,
  problems: Problems,
): TextFitter {
  const cut: string[] = [];
  return {
    fit: (column, value, path) => {
      const text = value.trim();
      const limit = textLimitOf(settings, column);
      // Counted in UTF-16 units, as nvarchar columns are.
      if (text.length <= limit) return text;
      if (settings.overlongText === 'refuse') {
        problems.add(
          'text-too-long',
          path,
          `${path} has ${text.length} characters, SAP's ${column} takes ${limit}`,
          'Shorten it at the source, or let the connection keep long texts in the remarks (overlongText).',
        );
        return text;
      }
      cut.push(`${column}: ${text}`);
      return cutAt(text, limit);
    },
    remarks: () => (cut.length === 0 ? null : cut.join('\n')),
  };
}

/** Cuts without splitting a surrogate pair. */
function cutAt(text: string, limit: number): string {
  const code = text.charCodeAt(limit - 1);
  const splitsPair = code >= 0xd800 && code <= 0xdbff;
  return text.slice(0, splitsPair ? limit - 1 : limit);
}
