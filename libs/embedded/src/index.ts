export { fillOnce, locateCache } from './downloads/once.ts';
export { InfraError, type InfraFault } from './errors.ts';
export {
  ADDRESS_VARIABLES,
  type Infra,
  type InfraOptions,
  type InfraPart,
  type InfraProgress,
  type OwnedPart,
  PART_TITLES,
  PORT_VARIABLES,
  startInfra,
} from './infra.ts';
export type { KafkaListener } from './parts/part.ts';
export { type ChildExit, type ChildSpec, type OwnedChild, spawnOwned } from './processes/child.ts';
export { readLastWords } from './processes/last-words.ts';
export { claimPort, findFreePort, isPortFree } from './processes/ports.ts';
export { type Reaper, startReaper } from './processes/reaper.ts';
