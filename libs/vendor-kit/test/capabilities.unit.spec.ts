import { beforeAll, describe, expect, it } from 'vitest';
import { CAPABILITIES, GIVEN, READERS } from './capabilities.ts';
import { listSources, listTypes, openProgram, readMembers } from './contract-members.ts';

/** Members of the contract's types that each reader's sources read. */
let readBy: ReadonlyMap<string, ReadonlySet<string>>;
let types: readonly string[];

beforeAll(() => {
  const folders = Object.entries(READERS).map(([reader, folder]) => ({ reader, files: listSources(folder) }));
  const program = openProgram(folders.flatMap(({ files }) => files));
  types = ['client', 'credentials', 'source', 'target'].flatMap((folder) =>
    listTypes(program, `libs/vendor-kit/src/${folder}`),
  );
  readBy = new Map(folders.map(({ reader, files }) => [reader, readMembers(program, files)]));
}, 60_000);

describe('what a vendor declares', () => {
  it('is acted on by the runtime that the catalogue names', () => {
    const idle = Object.entries(CAPABILITIES).flatMap(([type, members]) =>
      Object.entries(members)
        .filter(([, reader]) => reader !== 'shown' && reader !== 'vendor')
        .filter(([member, reader]) => readBy.get(reader)?.has(`${type}.${member}`) !== true)
        .map(([member, reader]) => `${type}.${member} is not read by ${reader}`),
    );
    expect(idle).toEqual([]);
  });

  it('has a line in the catalogue, whatever type it is of', () => {
    expect(types.filter((name) => !(name in CAPABILITIES) && !GIVEN.some((given) => given === name))).toEqual([]);
  });

  it('is told apart from the same word of another type, and from what a vendor alone reads', () => {
    const connector = readBy.get('connector');
    expect(connector?.has('WebhookReceiver.maxBytes')).toBe(true);
    expect(connector?.has('HttpClientOptions.maxBytes')).toBe(false);
    expect(connector?.has('ReadProgress.state')).toBe(false);
  });
});
