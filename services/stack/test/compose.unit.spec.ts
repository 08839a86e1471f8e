import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BROKER_CONFIG } from '@entrepot/broker';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INFRA_PORTS, PRIVATE_VARIABLES, SERVICES } from '../src/processes/catalogue.ts';

interface ComposeService {
  image?: string;
  build?: { context: string; dockerfile: string; args: { SERVICE: string } };
  ports?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
let services: Record<string, ComposeService>;
let volumes: string[];
let code: string;

beforeAll(() => {
  const file = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  services = file.services;
  volumes = Object.keys(file.volumes);
  code = globSync('{libs,services}/**/src/**/*.ts', {
    cwd: root,
    exclude: (path) => path.includes('node_modules') || path.includes('stack'),
  })
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
});

it.each(SERVICES.map((entry) => [entry.name, entry] as const))('runs %s as the stack does', (name, entry) => {
  const service = services[name];
  expect(service?.build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile', args: { SERVICE: entry.folder } });
  const healthPort = entry.operations?.port ?? entry.port;
  expect(service?.ports).toEqual([...new Set([entry.port, healthPort])].map((port) => `127.0.0.1:${port}:${port}`));
  expect(service?.environment?.ENTREPOT_PORT).toBe(entry.port);
  expect(service?.environment?.ENTREPOT_OPERATIONS_PORT).toBe(entry.operations?.port);
  expect(service?.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${healthPort}/readyz`);
  expect(service?.depends_on?.kafka?.condition).toBe('service_healthy');
});

it.each(SERVICES)('shows $name no more secrets than it reads', ({ name, reads }) => {
  const service = services[name];
  const told = Object.keys(service?.environment ?? {});
  for (const variable of PRIVATE_VARIABLES) if (!reads.includes(variable)) expect(told).not.toContain(variable);
  // The volume holds the master key and the file with the first secrets.
  expect((service?.volumes ?? []).length > 0).toBe(reads.length > 0);
});

it('builds nothing that the stack does not run', () => {
  const built = Object.keys(services).filter((name) => services[name]?.build !== undefined);
  expect(built.sort()).toEqual(SERVICES.map(({ name }) => name).sort());
});

it('publishes the servers on the same ports, on loopback only', () => {
  expect(services.kafka?.ports).toEqual([`127.0.0.1:${INFRA_PORTS.kafka}:${INFRA_PORTS.kafka}`]);
  expect(services.mongodb?.ports).toEqual([`127.0.0.1:${INFRA_PORTS.mongo}:27017`]);
  expect(services.registry?.ports).toEqual([`127.0.0.1:${INFRA_PORTS.registry}:8080`]);
});

it('runs the versions that the embedded servers are pinned to', () => {
  const readVersion = (pom: string): string =>
    /<artifactId>\w+<\/artifactId>\s*<version>([^<]+)/.exec(
      readFileSync(join(root, 'deploy/embedded', pom), 'utf8'),
    )?.[1] ?? '';
  expect(services.kafka?.image).toBe(`apache/kafka:${readVersion('kafka.pom.xml')}`);
  expect(services.registry?.image).toBe(`apicurio/apicurio-registry:${readVersion('registry.pom.xml')}`);
});

it('runs a Kafka that takes the largest record that the setting allows, as the embedded one does', () => {
  const { max } = BROKER_CONFIG.ENTREPOT_MAX_RECORD_BYTES;
  const { KAFKA_MESSAGE_MAX_BYTES: message, KAFKA_REPLICA_FETCH_MAX_BYTES: fetch } = services.kafka?.environment ?? {};
  expect(message).toBeGreaterThanOrEqual(max + 65_536);
  expect(fetch).toBe(message);
  const embedded = readFileSync(join(root, 'libs/embedded/src/parts/kafka.ts'), 'utf8');
  expect(/LARGEST_RECORD_BYTES = (\d+) \* 1024 \* 1024/.exec(embedded)?.[1]).toBe(String(Number(message) / 1_048_576));
});

it('sets only variables that the code reads', () => {
  for (const { name } of SERVICES) {
    for (const variable of Object.keys(services[name]?.environment ?? {})) {
      expect(code, `${variable} of ${name}`).toContain(variable);
    }
  }
});

it('names only volumes and services that are there', () => {
  for (const service of Object.values(services)) {
    for (const volume of service.volumes ?? []) {
      if (!volume.startsWith('.')) expect(volumes).toContain(volume.split(':')[0]);
    }
    for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(services)).toContain(name);
  }
});
