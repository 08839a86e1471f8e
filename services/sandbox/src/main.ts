import { createSapB1Sandbox } from '@entrepot/sandbox-sap-b1';
import { createShopifySandbox } from '@entrepot/sandbox-shopify';
import { runService } from '@entrepot/service-kit';
import { createSandboxApp } from './app.ts';

await runService({
  name: 'sandbox',
  defaultPort: 7090,
  config: {
    SANDBOX_WEBHOOK_URL: {
      description: 'where the demo shop sends its webhooks',
      type: 'url',
      default: 'http://127.0.0.1:7071/webhooks/shop',
    },
  },
  start: async ({ config, operations }) => {
    const sandboxes = [createShopifySandbox({ webhookUrl: config.SANDBOX_WEBHOOK_URL }), createSapB1Sandbox()];
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
