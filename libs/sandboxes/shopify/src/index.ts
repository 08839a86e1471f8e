export { createShopifySandbox, demoStores, type ShopifySandbox, type ShopifySandboxOptions } from './sandbox.ts';
export { ADMIN_SDL, buildAdminSchema } from './schema/index.ts';
export type { StoreOptions } from './store.ts';
