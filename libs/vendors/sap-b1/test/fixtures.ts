import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** A fixture's content. `UPDATE_FIXTURES=1` writes the files anew; look at the difference before keeping it. */
export function readFixture(name: string, value: () => unknown): unknown {
  const file = new URL(`./fixtures/${name}.json`, import.meta.url);
  if (process.env.UPDATE_FIXTURES === '1' || (!existsSync(file) && process.env.CI === undefined))
    writeFileSync(file, `${JSON.stringify(value(), null, 2)}\n`);
  return JSON.parse(readFileSync(file, 'utf8'));
}
