import { createSandboxApp } from '@entrepot/sandbox/app';
import { runService } from '@entrepot/service-kit';
import { SIMULATOR_PORT } from '../ports.ts';
import { createModelSandbox } from './sandbox.ts';

await runService({
  name: 'simulator',
  defaultPort: SIMULATOR_PORT,
  config: {},
  start: async ({ operations }) => {
    const sandbox = createModelSandbox();
    const { serve, control } = createSandboxApp([sandbox]);
    operations.mountFirst(serve);
    operations.mount(control);
    return { stop: () => sandbox.close() };
  },
});
