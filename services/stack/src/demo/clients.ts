export * from './admin-client.ts';
export * from './erp-client.ts';
export * from './sandbox-control.ts';
export * from './shop-client.ts';
export * from './wait.ts';
