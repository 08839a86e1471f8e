import type { FieldProblem } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf, readStored } from '@entrepot/mapping';
import type { FlowDocument } from '../documents.ts';
import { convertFlowSettings } from '../format-1.ts';
import { dropRemoved } from '../removed-settings.ts';
import type { Flow } from './flows.ts';
import { checkFlowSettings, type FlowTarget, flowSchemaOf, type VendorRegistry } from './vendor-settings.ts';

export interface ReadFlowSettings {
  readonly settings: FlowSettings;
  /** What this release would refuse on saving. */
  readonly problems: readonly FieldProblem[];
  readonly usable: boolean;
}

/**
 * Reads a flow's stored settings, completed by defaults that its schemas gained since. Settings of an older release that today's rules
 * refuse are read as closely as the rules allow; unreadable ones stay as stored, and stop this flow alone.
 */
export function readFlowSettings(vendors: VendorRegistry, stored: unknown, target: FlowTarget): ReadFlowSettings {
  const asToday = checkFlowSettings(vendors, stored, target, 'settings');
  if (asToday.ok) return { settings: asToday.value, problems: [], usable: true };
  const { problems } = asToday;
  const read = readStored(flowSchemaOf(vendors, target), stored ?? {});
  if (read !== null) return { settings: read.value, problems, usable: true };
  const general = readStored(flowSettingsSchemaOf(target.entity), stored ?? {});
  const usual = flowSettingsSchemaOf(target.entity).parse({});
  // The process that fails a delivery counts and times its retries, so `retry` is kept even here.
  const settings = { ...usual, ...(stored as object), retry: general?.value.retry ?? usual.retry };
  return { settings, problems, usable: false };
}

/** A stored flow; see {@link readFlowSettings}. */
export function readFlow(document: FlowDocument, vendors: VendorRegistry, targetVendor: string | undefined): Flow {
  const { _id, settings: _former, format2: _today, ...fields } = document;
  const target = { entity: document.entity, vendor: targetVendor };
  return { id: _id, ...fields, ...readFlowSettings(vendors, readFormat2(document), target) };
}

/**
 * A flow's settings in today's format, without those that are gone. A ledger of an earlier release that still runs, against the order of an upgrade, writes format 1 alone:
 * its flow must not be read as one of defaults.
 */
export function readFormat2({ entity, settings, format2 }: FlowDocument): unknown {
  return dropRemoved(format2 ?? convertFlowSettings(entity, settings).settings).settings;
}
