export { createShopifySandbox, demoStores, type ShopifySandbox, type ShopifySandboxOptions } from './sandbox.ts';
export { buildAdminSchema } from './schema/index.ts';
export { KNOWN_VERSIONS } from './schema/versions.ts';
export type { StoreOptions } from './store.ts';
