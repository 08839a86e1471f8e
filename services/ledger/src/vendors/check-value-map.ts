import { ANY_VALUE, SAME_VALUE } from '@entrepot/mapping';
import type { ListedValue } from '@entrepot/vendor-kit';

/** The values of one side, or why it cannot list them. */
export type SideValues = { readonly values: readonly ListedValue[] } | { readonly problem: string };

export interface Finding {
  /**
   * `unknown-source`: an entry whose source value the source does not list · `unknown-target`: one whose target value the target does not have ·
   * `without-entry`: a value of the source that no entry covers
   */
  readonly finding: 'unknown-source' | 'unknown-target' | 'without-entry';
  /** Key of the entry, or the source's value. */
  readonly source: string;
  readonly target: string | null;
  readonly advice: string;
}

export interface ValueMapCheck {
  readonly kind: string;
  /** Why a side could not be compared; null when it was. */
  readonly sourceProblem: string | null;
  readonly targetProblem: string | null;
  readonly findings: readonly Finding[];
  /** Entries for values without one, where a single value of the target has the same label. */
  readonly suggestions: readonly { readonly source: string; readonly target: string; readonly label: string }[];
}

/** Compares a value map of a flow with the real values of both sides. Pure. A map may be keyed by a value or by its label. */
export function checkValueMap(
  kind: string,
  entries: Readonly<Record<string, string>>,
  source: SideValues,
  target: SideValues,
): ValueMapCheck {
  const sources = 'values' in source ? source.values : null;
  const targets = 'values' in target ? target.values : null;
  const uncovered = (sources ?? []).filter(
    ({ value, label }) => ![value, label, ANY_VALUE].some((name) => Object.hasOwn(entries, name)),
  );
  return {
    kind,
    sourceProblem: 'problem' in source ? source.problem : null,
    targetProblem: 'problem' in target ? target.problem : null,
    findings: [
      ...(sources === null ? [] : findUnknownSources(entries, sources)),
      ...(targets === null ? [] : findUnknownTargets(entries, targets)),
      ...uncovered.map(({ value, label }) => ({
        finding: 'without-entry' as const,
        source: value,
        target: null,
        advice: `Add an entry for "${value}"${label === value ? '' : ` (${label})`}, or "${ANY_VALUE}" for any other.`,
      })),
    ],
    suggestions: uncovered.flatMap(({ value, label }) => {
      const [only, ...others] = (targets ?? []).filter((candidate) => sameLabel(candidate.label, label));
      return only === undefined || others.length > 0 ? [] : [{ source: value, target: only.value, label }];
    }),
  };
}

function findUnknownSources(entries: Readonly<Record<string, string>>, sources: readonly ListedValue[]): Finding[] {
  const known = new Set(sources.flatMap(({ value, label }) => [value, label]));
  return Object.entries(entries)
    .filter(([from]) => from !== ANY_VALUE && !known.has(from))
    .map(([from, to]) => ({
      finding: 'unknown-source',
      source: from,
      target: to,
      advice: `The source does not list "${from}": correct it, or leave it if older records still have it.`,
    }));
}

function findUnknownTargets(entries: Readonly<Record<string, string>>, targets: readonly ListedValue[]): Finding[] {
  const known = new Set(targets.map(({ value }) => value));
  return Object.entries(entries)
    .map(([from, to]) => [from, to === SAME_VALUE ? from : to, to] as const)
    .filter(([, meant]) => meant !== ANY_VALUE && !known.has(meant))
    .map(([from, meant, to]) => ({
      finding: 'unknown-target',
      source: from,
      target: to,
      advice: `The target has no "${meant}": records with "${from}" will be refused. Choose one of its values.`,
    }));
}

function sameLabel(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
