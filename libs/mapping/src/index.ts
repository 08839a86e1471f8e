export * from './flow-settings.ts';
