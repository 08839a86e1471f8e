export * from './definition.ts';
export * from './entity.ts';
export * from './open.ts';
export * from './records.ts';
export * from './webhook.ts';
