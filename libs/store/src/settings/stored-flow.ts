import type { FieldProblem } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchema, readStored } from '@entrepot/mapping';
import type { FlowDocument } from '../documents.ts';
import type { Flow } from './flows.ts';
import { checkFlowSettings, type FlowTarget, targetSchemaOf, type VendorRegistry } from './vendor-settings.ts';

export interface ReadFlowSettings {
  readonly settings: FlowSettings;
  /** What would be refused if it were saved today. */
  readonly problems: readonly FieldProblem[];
  readonly usable: boolean;
}

/**
 * Reads a flow's stored settings, completed by defaults that its schemas got since they were saved. What an older release saved, and today's
 * rules refuse, is read as near to it as they allow; what cannot is left as it is, and stops this flow alone.
 */
export function readFlowSettings(vendors: VendorRegistry, stored: unknown, target: FlowTarget): ReadFlowSettings {
  const asToday = checkFlowSettings(vendors, stored, target, 'settings');
  if (asToday.ok) return { settings: asToday.value, problems: [], usable: true };
  const { problems } = asToday;
  const general = readStored(flowSettingsSchema, stored ?? {});
  const schema = targetSchemaOf(vendors, target);
  const given = (stored as { target?: unknown } | null)?.target ?? {};
  const own = schema === undefined ? { value: given } : readStored(schema, given);
  if (general !== null && own !== null) {
    return { settings: { ...general.value, target: own.value as FlowSettings['target'] }, problems, usable: true };
  }
  const usual = flowSettingsSchema.parse({});
  // Retries are counted and timed by whoever fails its deliveries.
  const settings = { ...usual, ...(stored as object), retry: general?.value.retry ?? usual.retry };
  return { settings, problems, usable: false };
}

/** A stored flow; see {@link readFlowSettings}. */
export function readFlow(document: FlowDocument, vendors: VendorRegistry, targetVendor: string | undefined): Flow {
  const { _id, settings, ...fields } = document;
  const target = { entity: document.entity, vendor: targetVendor };
  return { id: _id, ...fields, ...readFlowSettings(vendors, settings, target) };
}
