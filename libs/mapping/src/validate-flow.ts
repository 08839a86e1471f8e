import { Decimal, type FieldProblem } from '@entrepot/canonical';
import type { z } from 'zod';
import { checkExpression } from './expression.ts';
import { type FlowSettings, flowSettingsSchema } from './flow-settings.ts';

export type FlowValidation =
  | { readonly ok: true; readonly settings: FlowSettings }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Validates a flow's settings as they come from an API or a file: shape, expressions, amounts, and the target's own settings by the
 * schema of its vendor. Gives the settings with defaults filled in, or every problem with its path (`gate.importOn[0]`).
 */
export function validateFlowSettings(input: unknown, targetSettings: z.ZodType | null): FlowValidation {
  const parsed = flowSettingsSchema.safeParse(input);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map((issue) => describeIssue(issue, [])) };
  const { data } = parsed;
  const problems: FieldProblem[] = [...checkExpressions(data), ...checkTolerance(data), ...checkNames(data)];
  let { target } = data;
  if (targetSettings !== null) {
    const own = targetSettings.safeParse(data.target);
    if (own.success) target = own.data as FlowSettings['target'];
    else problems.push(...own.error.issues.map((issue) => describeIssue(issue, ['target'])));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: { ...data, target } };
}

function checkExpressions(settings: FlowSettings): FieldProblem[] {
  const expressions: [path: string, source: string][] = Object.entries(settings.fields).map(([name, source]) => [
    `fields.${name}`,
    source,
  ]);
  if (settings.filter !== null) expressions.push(['filter', settings.filter]);
  return expressions.flatMap(([path, source]) => {
    const message = checkExpression(source);
    return message === null ? [] : [{ path, message }];
  });
}

function checkTolerance({ totalTolerance }: FlowSettings): FieldProblem[] {
  if (/^\d+(\.\d+)?$/.test(totalTolerance) && new Decimal(totalTolerance).isFinite()) return [];
  return [{ path: 'totalTolerance', message: `must be an amount such as "0.01", not "${totalTolerance}"` }];
}

/** Names that are no settings but reach for JavaScript's own properties. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

function checkNames(settings: FlowSettings): FieldProblem[] {
  const groups: [string, object][] = [
    ['defaults', settings.defaults],
    ['fields', settings.fields],
    ['valueMaps', settings.valueMaps],
    ...Object.entries(settings.valueMaps).map(([kind, entries]): [string, object] => [`valueMaps.${kind}`, entries]),
  ];
  return groups.flatMap(([path, group]) =>
    Object.keys(group)
      .filter((name) => RESERVED.has(name))
      .map((name) => ({ path: `${path}.${name}`, message: 'is a reserved name' })),
  );
}

function describeIssue(issue: z.core.$ZodIssue, prefix: readonly string[]): FieldProblem {
  const path = [...prefix, ...issue.path].reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
  return { path: path === '' ? 'settings' : path, message: issue.message };
}
