import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLastWords } from '../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-words-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  [
    'a service',
    [
      '{"level":"error","message":"start failed","err":{"message":"no database"}}',
      '{"level":"info","message":"stopping"}',
    ],
    'start failed: no database',
  ],
  [
    'MongoDB',
    [
      '{"s":"E","msg":"Failed to set up listener","attr":{"error":"Address already in use"}}',
      '{"s":"I","msg":"Now exiting"}',
    ],
    'Failed to set up listener: Address already in use',
  ],
  [
    'Kafka',
    ['[2026] ERROR Exiting due to a locked folder (kafka.Kafka)', '\tat kafka.Kafka.main(Kafka.scala)'],
    '[2026] ERROR Exiting due to a locked folder (kafka.Kafka)',
  ],
  ['one that was killed', ['{"level":"info","message":"started"}', 'listening'], ''],
])('finds what %s said of its end', (_who, lines, words) => {
  const log = join(folder, 'log');
  writeFileSync(log, `${lines.join('\n')}\n`);
  expect(readLastWords(log)).toBe(words);
});

it('says nothing where there is no log', () => {
  expect(readLastWords(join(folder, 'none'))).toBe('');
});
