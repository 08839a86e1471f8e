import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INFRA_PORTS, SERVICES } from '../src/catalogue.ts';

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
  expect(service?.ports).toEqual([`127.0.0.1:${entry.port}:${entry.port}`]);
  expect(service?.environment?.ENTREPOT_PORT).toBe(entry.port);
  expect(service?.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${entry.port}/readyz`);
  expect(service?.depends_on?.kafka?.condition).toBe('service_healthy');
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
