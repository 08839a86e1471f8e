import { milliseconds } from '@entrepot/mapping';
import { addressSettingsShape, budgetSettingsShape, checkBaseUrl, pollSettingsShape } from '@entrepot/vendor-kit';
import { z } from 'zod';

export const settingsSchema = z
  .strictObject({
    baseUrl: z.url({ protocol: /^https?$/ }).describe('Address of the system'),
    ...addressSettingsShape,
    ...pollSettingsShape,
    ...budgetSettingsShape({ concurrency: 8, concurrencyHelp: 'the model takes any number' }),
    requestTimeoutMs: milliseconds('Longest wait for an answer', { min: 100, max: 60_000 }).default(2_000),
    visibleWithinMs: milliseconds('Longest time a write takes to show', { min: 0, max: 60_000 }).default(4_000),
  })
  .superRefine(({ baseUrl, allowedAddresses }, context) => checkBaseUrl(context, 'baseUrl', baseUrl, allowedAddresses));
export type ModelSettings = z.infer<typeof settingsSchema>;

export const secretsSchema = z.strictObject({
  token: z.string().min(1).describe('Token of every call'),
  webhookSecret: z.string().min(1).describe('Signs the webhooks'),
});
export type ModelSecrets = z.infer<typeof secretsSchema>;
