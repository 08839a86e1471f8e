import { expect, it, vi } from 'vitest';
import { ConfigError, openService, type ServiceDefinition } from '../src/index.ts';

const ENV = { ENTREPOT_PORT: '0', ENTREPOT_LOG_LEVEL: 'error' };

function definePort(
  name: string,
  opened: Map<string, number>,
  stopped: string[],
): ServiceDefinition<Record<never, never>> {
  return {
    name,
    defaultPort: 0,
    config: {},
    start: async ({ operations }) => {
      opened.set(name, operations.port);
      return { stop: async () => void stopped.push(name) };
    },
  };
}

const readyOf = async (port: number | undefined): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/readyz`)).status;

it('two services of one process have ports, health and an end of their own, and no signal handler', async () => {
  const handlers = process.listenerCount('SIGTERM');
  const opened = new Map<string, number>();
  const stopped: string[] = [];
  const first = openService(definePort('first', opened, stopped), ENV, () => {});
  const second = openService(definePort('second', opened, stopped), ENV, () => {});
  await Promise.all([first.started, second.started]);
  expect(await Promise.all([readyOf(opened.get('first')), readyOf(opened.get('second'))])).toEqual([200, 200]);
  await first.stop('asked');
  expect(stopped).toEqual(['first']);
  await expect(readyOf(opened.get('first'))).rejects.toThrow();
  expect(await readyOf(opened.get('second'))).toBe(200);
  await second.stop('asked');
  expect(process.listenerCount('SIGTERM')).toBe(handlers);
});

it('throws the faults of a configuration, and rejects when the start fails', async () => {
  const definition = definePort('broken', new Map(), []);
  expect(() => openService(definition, { ...ENV, ENTREPOT_PORT: 'none' }, () => {})).toThrow(ConfigError);
  const failing = openService({ ...definition, start: () => Promise.reject(new Error('no way')) }, ENV, () => {});
  await expect(failing.started).rejects.toThrow('no way');
  await failing.stop('failed');
});

it('waits for the end of the start when it is stopped in the middle of it', async () => {
  let release = (): void => {};
  const stop = vi.fn(async () => {});
  const service = openService(
    {
      name: 'slow',
      defaultPort: 0,
      config: {},
      start: () =>
        new Promise((resolve) => {
          release = () => resolve({ stop });
        }),
    },
    ENV,
    () => {},
  );
  const stopping = service.stop('asked');
  await vi.waitFor(() => release(), 1_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  release();
  await stopping;
  expect(stop).toHaveBeenCalledTimes(1);
});
