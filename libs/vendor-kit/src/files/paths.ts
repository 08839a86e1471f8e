import { z } from 'zod';

const MAX_NAME = 200;
/** A file that is being written has this behind its name: sites take files by their ending, and leave it alone. */
export const TEMPORARY_ENDING = '.tmp';

/** A name within a folder: no path, nothing hidden, nothing that a system takes for more than a name. */
export function checkName(name: string): string | null {
  if (name === '' || name.length > MAX_NAME) return `must have 1 to ${MAX_NAME} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f/\\:*?"<>|]/.test(name)) return 'must not hold / \\ : * ? " < > | or control characters';
  return name.startsWith('.') || name.endsWith('.') || name !== name.trim()
    ? 'must not begin or end with a dot or a space'
    : null;
}

const MAX_FOLDER = 500;

/** A setting: a folder below the root of the connection's files. */
export function folderSetting(help: string) {
  return z
    .string()
    .max(MAX_FOLDER, { error: `must have at most ${MAX_FOLDER} characters`, abort: true })
    .superRefine((folder, context) => {
      const message = checkFolder(folder);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .describe(`${help}; names with / between them, below the root of the files, empty = the root itself`);
}

/** Returns what is wrong with a folder below another, or null. */
export function checkFolder(folder: string): string | null {
  const fault =
    folder === ''
      ? null
      : folder
          .split('/')
          .map(checkName)
          .find((each) => each !== null);
  return fault === null || fault === undefined ? null : `is no folder below the root: each name ${fault}`;
}

/** @throws TypeError a name that was not checked */
export function pathOf(folder: string, name: string): string {
  const fault = checkName(name);
  if (fault !== null) throw new TypeError(`A file's name ${fault}`);
  return folder === '' ? name : `${folder}/${name}`;
}
