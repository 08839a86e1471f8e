export * from './budgets/allocation.ts';
export type { Budgets, BudgetView, LeasedShare } from './budgets/budgets.ts';
export * from './config.ts';
export { isStoreUnavailable } from './database.ts';
export { type Lease, StoreTimeout, withDeadline } from './deadline.ts';
export * from './documents.ts';
export * from './errors.ts';
export type { ConvertedSetting } from './format-1.ts';
export * from './groups/conditional.ts';
export * from './groups/grouped.ts';
export type { Cursors, PollerLease } from './lanes/cursors.ts';
export type { LaneLease, Lanes } from './lanes/lanes.ts';
export {
  type Counterpart,
  type CounterpartKey,
  findAwaitedLines,
  findCounterparts,
  findHeld,
  showsAwaited,
} from './links/counterparts.ts';
export { linesOf, linkId } from './links/link-store.ts';
export * from './links/links.ts';
export {
  type IntendResult,
  type Published,
  type PublishedIntent,
  type PublishedKey,
  type PublishedRecords,
  publishedId,
} from './links/published.ts';
export type { Republications } from './links/republications.ts';
export { type CollectionSchema, convert, type Migration, rewrite } from './migrations/collection-schema.ts';
export { type Migrations, openMigrations, type StartingService } from './migrations/prepare.ts';
export * from './operations/source-operations.ts';
export { OTHER_PLACES, type OtherPlace } from './personal-data/other-places.ts';
export { type DataPlace, PERSONAL_DATA, type PersonalDataPlace } from './personal-data/personal-data.ts';
export type { BegunSignIn, Credentials, ReturnedSignIn } from './secrets/credentials.ts';
export {
  loadMasterKeys,
  type MasterKey,
  type MasterKeySource,
  type MasterKeys,
  parseMasterKey,
} from './secrets/master-key.ts';
export {
  type KeyRotation,
  openKeyRotation,
  type RotationOptions,
  type SealedCount,
  type UnopenedValue,
} from './secrets/rotate.ts';
export * from './services/service-troubles.ts';
export * from './settings/connections.ts';
export * from './settings/flows.ts';
export type { Change } from './settings/live-snapshot.ts';
export { DEFAULT_TENANT, type Tenant, type Tenants } from './settings/tenants.ts';
export * from './states/latest-states.ts';
export * from './states/state-fills.ts';
export * from './store.ts';
export * from './target-states/state-changes.ts';
export {
  parseTargetStateId,
  type TargetStateKey,
  type TargetStates,
  targetStateId,
} from './target-states/target-states.ts';
export type { Configuration, ImportSummary } from './yaml/configuration.ts';
