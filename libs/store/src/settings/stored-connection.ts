import type { FieldProblem } from '@entrepot/canonical';
import { readStored } from '@entrepot/mapping';
import { ALLOWED_BY_EARLIER_RELEASES, moveSettings, type Vendor } from '@entrepot/vendor-kit';
import type { ConnectionDocument } from '../documents.ts';
import type { Connection } from './connections.ts';
import { type Checked, checkWith, type VendorRegistry } from './vendor-settings.ts';

/** Saved with settings; rises when a release refuses settings that the one before accepted. */
export const SETTING_RULES = 1;

type Stored = Pick<ConnectionDocument, 'settings' | 'settingRules'>;

interface ReadSettings {
  /** As people see them and save them again. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** As the vendor's lib takes them. */
  readonly parsed: Checked<unknown>;
  /** What this release would refuse on saving, readable or not. */
  readonly problems: readonly FieldProblem[];
}

/**
 * Reads a connection's stored settings. Settings of an older release that today's rules refuse are read as closely as the rules allow, so
 * that an upgrade stops nothing; `problems` lists them.
 */
export function readSettings(vendor: Vendor, stored: Stored): ReadSettings {
  const { settingRules } = stored;
  const { settings } = moveSettings(vendor.movedSettings, stored.settings);
  const asToday = checkWith(vendor.settings, settings, 'settings');
  // Releases before the allow-list connected to private addresses unconditionally. A host name may still resolve to one; only connecting
  // shows it.
  const unlisted = settingRules === 0 && takesAllowList(vendor) && !Object.hasOwn(settings, 'allowedAddresses');
  const meant = unlisted ? { ...settings, allowedAddresses: ALLOWED_BY_EARLIER_RELEASES } : settings;
  if (asToday.ok) {
    const parsed = unlisted ? checkWith(vendor.settings, meant, 'settings') : asToday;
    return { shown: settings, parsed, problems: [] };
  }
  const { problems } = asToday;
  const read = readStored(vendor.settings, meant);
  return read === null
    ? { shown: settings, parsed: asToday, problems }
    : { shown: meant, parsed: { ok: true, value: read.value }, problems };
}

/** A stored connection without what only `Connections.open` may show. */
export function readConnection(document: ConnectionDocument, vendors: VendorRegistry): Connection {
  const { _id, sealedSecrets: _sealed, settingRules: _rules, otherRevisions: _other, ...fields } = document;
  const known = { id: _id, ...fields, accessRevision: accessRevisionOf(document) };
  const vendor = vendors.get(document.vendor);
  if (vendor === undefined) return { ...known, problems: [] };
  const { shown, problems } = readSettings(vendor, document);
  return { ...known, settings: shown, problems };
}

export function accessRevisionOf({ revision, otherRevisions }: ConnectionDocument): number {
  return revision - otherRevisions;
}

function takesAllowList({ settings }: Vendor): boolean {
  return 'shape' in settings && Object.hasOwn(settings.shape as object, 'allowedAddresses');
}
