import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SANDBOXES } from '@entrepot/sandboxes';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadVendors, portsOf, VENDORS } from '../list.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const names = VENDORS.map(({ name }) => name);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function listFolders(path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, path, entry.name, 'package.json')))
    .map(({ name }) => name)
    .sort();
}

describe('the list of vendors', () => {
  it('names every vendor that has a library, and no other', () => {
    expect([...names].sort()).toEqual(listFolders('libs/vendors'));
  });

  it('has a simulator for each of them', () => {
    expect(SANDBOXES.map(({ name }) => name)).toEqual(names);
    expect(listFolders('libs/sandboxes').filter((name) => name !== 'faults')).toEqual([...names].sort());
  });

  it('says of each what its plug-in says', async () => {
    for (const [index, vendor] of (await loadVendors()).entries()) {
      const listed = VENDORS[index];
      expect({ name: vendor.name, title: vendor.title }).toEqual({ name: listed?.name, title: listed?.title });
      expect({ source: vendor.source !== null, target: vendor.target !== null }).toEqual({
        source: listed?.webhookPort !== null,
        target: listed?.sinkPort !== null,
      });
    }
  });

  it.each(VENDORS)('gives $name the services of its sides, on the ports of the list', (listed) => {
    const { connector, sink } = portsOf(listed);
    expect(existsSync(join(root, 'services/connectors', listed.name))).toBe(connector !== null);
    expect(existsSync(join(root, 'services/sinks', listed.name))).toBe(sink !== null);
    if (connector !== null) {
      const ports = `{ port: ${connector.port}, operationsPort: ${connector.operationsPort} }`;
      expect(read(`services/connectors/${listed.name}/src/main.ts`)).toContain(ports);
    }
    if (sink !== null)
      expect(read(`services/sinks/${listed.name}/src/main.ts`)).toContain(`{ defaultPort: ${sink.port} }`);
  });

  it('gives no port twice', () => {
    const ports = VENDORS.flatMap((listed) => {
      const { connector, sink } = portsOf(listed);
      return [connector?.port, connector?.operationsPort, sink?.port].filter((port) => port !== undefined);
    });
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('is known to the demo, which connects these vendors only', () => {
    const demo = parse(read('deploy/demo.yaml')) as { connections: { vendor: string }[] };
    for (const { vendor } of demo.connections) expect(names).toContain(vendor);
  });
});

describe('what serves every vendor', () => {
  const NEUTRAL =
    '{libs/connector-runtime,libs/sink-runtime,libs/runtime-kit,services/ledger,services/host,services/console}/src/**/*.{ts,tsx}';
  /** A vendor's name in any spelling of code: `sap-b1`, `sapB1`, `SapB1`, `SAP_B1`, its title. */
  const spellings = VENDORS.flatMap(({ name, title }) => [name.split('-').join('[-_ ]?'), title]);
  const named = new RegExp(spellings.join('|'), 'i');

  it('names none of them: neither runtimes nor ledger, host and console', () => {
    const files = globSync(NEUTRAL, { cwd: root });
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => named.test(read(file)))).toEqual([]);
  });

  it('would be seen naming one', () => {
    for (const line of ["if (vendor === 'shopify')", 'createSapB1Sandbox()', 'SAP Business One', 'SAP_B1_PORT'])
      expect(line).toMatch(named);
  });
});
