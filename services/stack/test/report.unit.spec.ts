import type { InfraProgress } from '@entrepot/embedded';
import { parseCommand } from '@entrepot/service-kit/command-line';
import { expect, it } from 'vitest';
import { STACK_COMMAND } from '../src/arguments.ts';
import { pickWarning } from '../src/log-follow.ts';
import { createProgressTeller, layOutTable } from '../src/report.ts';

it('lays the processes out in columns', () => {
  const table = layOutTable([
    { process: 'Kafka', state: 'ready', port: '29092' },
    { process: 'ledger, admin API', state: 'ready', port: '7070' },
  ]);
  expect(table.split('\n')).toEqual([
    '  process             state    port',
    '  ─────────────────────────────────',
    '  Kafka               ready   29092',
    '  ledger, admin API   ready    7070',
  ]);
});

it('tells each step of the start, and hides the password of an address', () => {
  const lines: string[] = [];
  const tell = createProgressTeller((line) => lines.push(line));
  const steps: InfraProgress[] = [
    { part: 'kafka', phase: 'working', text: 'downloading (1 files so far)' },
    { part: 'kafka', phase: 'working', text: 'downloading (2 files so far)' },
    { part: 'kafka', phase: 'ready', text: '127.0.0.1:29092' },
    { part: 'mongo', phase: 'given', text: 'mongodb://me:secret@db:27017' },
  ];
  for (const step of steps) tell(step);
  expect(lines).toEqual([
    '  Kafka            downloading (1 files so far)',
    '  Kafka            ready',
    '  MongoDB          used as given: mongodb://***@db:27017',
  ]);
});

it.each([
  [[], {}],
  [['--fresh'], { fresh: true }],
  [['--only', 'infra'], { infraOnly: true }],
  [['--only=infra', '--fresh'], { fresh: true, infraOnly: true }],
  [['--separate'], { separate: true }],
  [['--vendors', 'sap-b1'], { vendors: ['sap-b1'] }],
  [['--vendors=shopify, sap-b1'], { vendors: ['shopify', 'sap-b1'] }],
  [['--vendors', 'shopify', '--vendors', 'sap-b1'], { vendors: ['shopify', 'sap-b1'] }],
])('reads %j', (words, parsed) => {
  const nothing = { fresh: false, infraOnly: false, separate: false, vendors: [] };
  expect(parseCommand(STACK_COMMAND, words)).toEqual({ ...nothing, ...parsed });
});

it('reads --help', () => {
  expect(parseCommand(STACK_COMMAND, ['--help'])).toBeNull();
});

it.each([
  [['--frsh'], /known are --fresh, --only, --separate, --vendors, --help/],
  [['--only', 'ledger'], /--only knows "infra", not "ledger"/],
  [['--only'], /argument missing/],
  [['--vendors', 'sage'], /There is no vendor "sage": known are shopify, sap-b1/],
  [['--vendors'], /argument missing/],
])('refuses %j and says what can be said', (words, message) => {
  expect(() => parseCommand(STACK_COMMAND, words)).toThrow(message);
});

it('shows warnings and errors of a log, nothing else', () => {
  expect(pickWarning('{"level":"info","message":"started"}')).toBeNull();
  expect(pickWarning('{"level":"warn","message":"lane held"}')).toBe('lane held');
  expect(pickWarning('{"level":"error","message":"send failed","err":{"message":"no answer"}}')).toBe(
    'send failed: no answer',
  );
  expect(pickWarning('{"level":"warn","from":"kafkajs Connection","message":"Response Metadata"}')).toBeNull();
  expect(pickWarning('not json')).toBeNull();
});
