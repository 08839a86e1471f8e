/** Versions of the Admin API whose schema the sandbox knows, oldest first. */
export const KNOWN_VERSIONS = ['2026-01', '2026-04', '2026-07', '2026-10'] as const;
export type KnownVersion = (typeof KNOWN_VERSIONS)[number];
export const NEWEST_VERSION: KnownVersion = '2026-10';
/** Served as asked, with the newest schema: the release candidate and what is never released. */
const UNRELEASED = ['2027-01', 'unstable'];
const GRACE_DAYS = 15;
const ENDS_AT_HOUR = 15;

/** When a version is no longer reachable: 12 months and 15 days after its release, at 15:00 UTC (release notes of 2026-10). */
function endOf(version: string): number {
  const [year = 0, month = 1] = version.split('-').map(Number);
  return Date.UTC(year + 1, month - 1, 1 + GRACE_DAYS, ENDS_AT_HOUR);
}

/** The version that answers: an ended or unknown one falls forward to the oldest that is still supported. */
export function servedVersion(asked: string, nowMs: number): string {
  const supported = KNOWN_VERSIONS.filter((version) => nowMs < endOf(version));
  if (UNRELEASED.includes(asked) || supported.some((version) => version === asked)) return asked;
  return supported[0] ?? NEWEST_VERSION;
}

/** Whose schema a served version has. */
export function schemaVersionOf(served: string): KnownVersion {
  return KNOWN_VERSIONS.find((version) => version === served) ?? NEWEST_VERSION;
}

const CONDITION = /^(.*?)\s*# (from|until) (\d{4}-\d{2})$/;

/** Schema text of a version: a line that ends with `# from 2026-10` or `# until 2026-07` counts only then. */
export function textOfVersion(text: string, version: KnownVersion): string {
  const lines = text.split('\n').flatMap((line) => {
    const [, rest = '', word, limit = ''] = CONDITION.exec(line) ?? [];
    if (word === undefined) return [line];
    return (word === 'from' ? version >= limit : version <= limit) ? [rest] : [];
  });
  return lines.join('\n');
}
