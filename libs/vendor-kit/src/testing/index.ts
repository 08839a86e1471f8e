export { fetchWhole } from './fetch-whole.ts';
export { describeSettings } from './settings-suite.ts';
export { describeSource, type SourceFault, type SourceHarness } from './source-suite.ts';
export { describeTarget, type TargetFault, type TargetHarness } from './target-suite.ts';
export { describeWebhook, isVerified, type WebhookHarness } from './webhook-suite.ts';
