export * from './clock.ts';
export * from './define-process.ts';
export * from './tracing.ts';
