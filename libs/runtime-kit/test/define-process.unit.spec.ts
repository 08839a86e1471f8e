import { createHealth, createMetrics, createSilentLogger, type ServiceContext } from '@entrepot/service-kit';
import { beforeEach, expect, it, vi } from 'vitest';
import { defineProcess, type PROCESS_CONFIG } from '../src/define-process.ts';

const told = vi.hoisted(() => ({ steps: [] as string[], pings: true, failing: [] as string[] }));
vi.mock('@entrepot/store', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  loadMasterKeys: () => ({}),
  openStore: async () => ({
    serviceTroubles: { follow: () => () => end('held partitions') },
    ping: async () => {
      if (!told.pings) throw new Error('no database');
    },
    close: () => end('database'),
  }),
}));
vi.mock('@entrepot/broker', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  connectBroker: async () => {
    if (told.failing.includes('connecting')) throw new Error('no broker');
    return {
      health: () => ({ ok: true }),
      heldPartitions: () => [],
      close: () => end('broker'),
    };
  },
}));

async function end(part: string): Promise<void> {
  told.steps.push(part);
  if (told.failing.includes(part)) throw new Error(`${part} hangs`);
}

beforeEach(() => {
  Object.assign(told, { steps: [], failing: [], pings: true });
});

async function start(database: 'required' | 'optional', begin = async () => ({ stop: () => end('own work') })) {
  const health = createHealth();
  const definition = defineProcess({
    name: 'test',
    defaultPort: 0,
    vendors: [],
    config: {},
    database,
    start: begin,
  });
  const config = {
    MONGODB_URI: '',
    KAFKA_BROKERS: [],
    SCHEMA_REGISTRY_URL: 'http://registry',
    ENTREPOT_HOME: '/nowhere',
  };
  const running = await definition.start({
    config: { ...config, OTEL_EXPORTER_OTLP_ENDPOINT: null, OTEL_EXPORTER_OTLP_HEADERS: null },
    log: createSilentLogger(),
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    health,
    learnSecret: () => {},
  } as unknown as ServiceContext<typeof PROCESS_CONFIG>);
  return { health, running };
}

it('ends its own work first, then the broker, then the database', async () => {
  const { running } = await start('required');
  await running.stop();
  expect(told.steps).toEqual(['held partitions', 'own work', 'broker', 'database']);
});

it.each(['held partitions', 'own work', 'broker'])(
  'closes what is left when the %s cannot be ended',
  async (failing) => {
    told.failing = [failing];
    const { running } = await start('required');
    await expect(running.stop()).rejects.toThrow(`${failing} hangs`);
    expect(told.steps).toEqual(['held partitions', 'own work', 'broker', 'database']);
  },
);

it('tells of all that failed to close', async () => {
  told.failing = ['own work', 'database'];
  const { running } = await start('required');
  const error: unknown = await running.stop().catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors.map(String)).toEqual(['Error: own work hangs', 'Error: database hangs']);
});

it('is ready without a database only where work is taken without it, and shows it there too', async () => {
  told.pings = false;
  expect((await (await start('required')).health.readiness()).ok).toBe(false);
  const { ok, checks } = await (await start('optional')).health.readiness();
  expect([ok, checks.kafka, checks.mongodb]).toEqual([true, { ok: true }, { ok: false, detail: 'no database' }]);
});

it('a start that fails leaves nothing open, and says why it failed', async () => {
  const failing = async () => {
    throw new Error('no topic could be made');
  };
  await expect(start('required', failing)).rejects.toThrow('no topic could be made');
  expect(told.steps).toEqual(['broker', 'database']);
  told.steps = [];
  told.failing = ['connecting'];
  await expect(start('required')).rejects.toThrow('no broker');
  expect(told.steps).toEqual(['database']);
  told.steps = [];
  told.failing = ['broker'];
  await expect(start('required', failing)).rejects.toThrow('no topic could be made');
  expect(told.steps).toEqual(['broker', 'database']);
});
