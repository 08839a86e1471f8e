export * from './call.ts';
export * from './connection.ts';
export * from './http/index.ts';
export * from './poll-settings.ts';
export * from './source.ts';
export * from './target.ts';
export * from './vendor.ts';
export * from './vendor-error.ts';
