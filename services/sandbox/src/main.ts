import { SANDBOXES } from '@entrepot/sandboxes';
import { type ConfigFields, runService } from '@entrepot/service-kit';
import { webhookVariable } from '@entrepot/vendors/variables';
import { createSandboxApp } from './app.ts';

/** One variable for each vendor whose simulator sends webhooks. */
const config: ConfigFields = Object.fromEntries(
  SANDBOXES.filter(({ sendsWebhooks }) => sendsWebhooks).map(({ name }) => [
    webhookVariable(name),
    { description: `where the simulated ${name} sends its webhooks; nowhere when left out`, type: 'url' },
  ]),
);

await runService({
  name: 'sandbox',
  defaultPort: 7090,
  config,
  start: async ({ config, operations }) => {
    const sandboxes = SANDBOXES.map(({ name, create }) => {
      const webhookUrl = config[webhookVariable(name)];
      return create({ webhookUrl: typeof webhookUrl === 'string' ? webhookUrl : null });
    });
    const { serve, control } = createSandboxApp(sandboxes);
    operations.mountFirst(serve);
    operations.mount(control);
    return {
      stop: async () => {
        await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
      },
    };
  },
});
