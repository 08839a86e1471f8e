export type { ClientContext, ClientDefinition, GuardedClientContext } from './definition.ts';
