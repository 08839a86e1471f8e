import type { FieldProblem } from '@entrepot/canonical';
import { checkExpression } from './expression.ts';
import type { FlowSettings } from './flow-settings.ts';

/**
 * Finds what the shape of a flow's settings does not show: expressions that do not compile, amounts that are none, reserved names. Gives
 * every problem with its path. For settings that are being saved: stored ones stay readable, and their expressions fail in sight.
 */
export function findSettingProblems(settings: FlowSettings): FieldProblem[] {
  return [...checkExpressions(settings), ...checkTolerance(settings), ...checkNames(settings)];
}

function checkExpressions(settings: FlowSettings): FieldProblem[] {
  const expressions = (['fields', 'lineFields'] as const).flatMap((setting) =>
    Object.entries(settings[setting]).map(([name, source]): [path: string, source: string] => [
      `${setting}.${name}`,
      source,
    ]),
  );
  if (settings.filter !== null) expressions.push(['filter', settings.filter]);
  return expressions.flatMap(([path, source]) => {
    const message = checkExpression(source);
    return message === null ? [] : [{ path, message }];
  });
}

function checkTolerance({ totalTolerance }: FlowSettings): FieldProblem[] {
  if (/^\d+(\.\d+)?$/.test(totalTolerance)) return [];
  return [
    {
      path: 'totalTolerance',
      message: `must be an amount of zero or more, such as "0" or "0.01", not "${totalTolerance}"`,
    },
  ];
}

/** Names that are no settings but reach for JavaScript's own properties. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

function checkNames(settings: FlowSettings): FieldProblem[] {
  const groups: [string, object][] = [
    ['defaults', settings.defaults],
    ['fields', settings.fields],
    ['lineFields', settings.lineFields],
    ['valueMaps', settings.valueMaps],
    ...Object.entries(settings.valueMaps).map(([kind, entries]): [string, object] => [`valueMaps.${kind}`, entries]),
  ];
  return groups.flatMap(([path, group]) =>
    Object.keys(group)
      .filter((name) => RESERVED.has(name))
      .map((name) => ({ path: `${path}.${name}`, message: 'is a reserved name' })),
  );
}
