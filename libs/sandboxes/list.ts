import type { Sandbox } from '@entrepot/sandbox-faults';
import { createSapB1Sandbox } from '@entrepot/sandbox-sap-b1';
import { createShopifySandbox } from '@entrepot/sandbox-shopify';

/** The simulator of a vendor, by the vendor's name. */
export interface ListedSandbox {
  readonly name: string;
  /** Its service sends webhooks to {@link SandboxWishes.webhookUrl}. */
  readonly sendsWebhooks: boolean;
  create(wishes: SandboxWishes): Sandbox;
}

export interface SandboxWishes {
  /** Where it sends its webhooks; null: nowhere. */
  readonly webhookUrl: string | null;
}

/** The simulators of all vendors of the list in `libs/vendors/list.ts`, in its order; a test compares them. */
export const SANDBOXES: readonly ListedSandbox[] = [
  { name: 'shopify', sendsWebhooks: true, create: ({ webhookUrl }) => createShopifySandbox({ webhookUrl }) },
  { name: 'sap-b1', sendsWebhooks: false, create: () => createSapB1Sandbox() },
];
