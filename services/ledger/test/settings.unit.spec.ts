import { InvalidSettings, type Store } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { Settings, type SettingsPorts } from '../src/settings.ts';

function settingsWith(connections: object, vendors: readonly Partial<Vendor>[] = []): Settings {
  const ports = { store: { connections } as unknown as Store, vendors, log: {}, ledgerStore: {} };
  return new Settings(ports as unknown as SettingsPorts);
}

describe('a connection test', () => {
  it('of settings that cannot be used says which, and why', async () => {
    const problems = [{ path: 'settings.baseUrl', message: '10.0.0.5 is not public (private)' }];
    const open = async () => {
      throw new InvalidSettings('connection "erp"', problems);
    };
    expect(await settingsWith({ open }).testConnection('erp')).toEqual({
      ok: false,
      checks: [
        {
          name: 'settings',
          ok: false,
          message: 'settings.baseUrl: 10.0.0.5 is not public (private)',
          advice: expect.stringContaining('Correct the settings'),
        },
      ],
    });
  });
});
