export * from './collected.ts';
export * from './confirmation.ts';
export * from './definition.ts';
export * from './documents.ts';
export * from './entity.ts';
export * from './open.ts';
export * from './states.ts';
