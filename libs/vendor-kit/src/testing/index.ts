export { fetchWhole } from './fetch-whole.ts';
export { createMemoryVault } from './memory-vault.ts';
export { describeSettings } from './settings-suite.ts';
export type { SourceEntityHarness, SourceFault } from './source-entity-suite.ts';
export { describeSource, listSourceCases, type SourceSideHarness, type SourceSuite } from './source-suite.ts';
export type { SuiteCase } from './suite-case.ts';
export type { TargetEntityHarness, TargetFault } from './target-entity-suite.ts';
export { describeTarget, listTargetCases, type TargetSideHarness, type TargetSuite } from './target-suite.ts';
export { isVerified, type WebhookHarness } from './webhook-suite.ts';
