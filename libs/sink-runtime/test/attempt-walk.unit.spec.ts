import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';

const MAX_RETURNS = 10;

/** Returns of the functions on the attempt's walk, of the functions inside them too. */
function countReturns(file: string, names: readonly string[]): number {
  const source = ts.createSourceFile(
    file,
    readFileSync(new URL(file, import.meta.url), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const walk = source.statements
    .filter(ts.isFunctionDeclaration)
    .filter(({ name }) => names.includes(name?.text ?? ''));
  expect(walk).toHaveLength(names.length);
  let returns = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node)) returns += 1;
    ts.forEachChild(node, visit);
  };
  for (const each of walk) visit(each);
  return returns;
}

it('an attempt is a straight walk: few ways out', () => {
  const returns = countReturns('../src/attempt/attempt.ts', ['attemptDelivery', 'bringDocuments']);
  expect(returns).toBeLessThanOrEqual(MAX_RETURNS);
  expect(returns).toBeGreaterThan(0);
});
