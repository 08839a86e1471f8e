import { describeSettings } from '@entrepot/vendor-kit/testing';
import { describe, expect, it } from 'vitest';
import { secretsSchema, settingsSchema } from '../src/config.ts';
import { customerSettingsSchema } from '../src/entities/customer/settings.ts';
import { orderSettingsSchema } from '../src/entities/order/settings.ts';

describeSettings('a connection to SAP Business One', settingsSchema);
describeSettings('the secrets of a connection to SAP Business One', secretsSchema);
describeSettings('an order flow into SAP Business One', orderSettingsSchema);
describeSettings('a customer flow into SAP Business One', customerSettingsSchema);

const given = { baseUrl: 'https://sap.example.com:50000', company: 'SBODEMO', user: 'manager' };
const faultsOf = (settings: Record<string, unknown>) =>
  settingsSchema
    .safeParse({ ...given, ...settings })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('settings of a connection to SAP Business One', () => {
  it.each([{}, { baseUrl: 'https://10.0.0.5:50000', allowedAddresses: ['private'] }])('take %j', (settings) =>
    expect(faultsOf(settings)).toEqual([]),
  );

  it.each([
    [{ baseUrl: 'https://10.0.0.5:50000' }, /^baseUrl: 10\.0\.0\.5 is not public \(private\).*allowedAddresses/],
    [{ baseUrl: 'https://[fe80::1]:50000', allowedAddresses: ['private'] }, /^baseUrl: fe80::1 is link-local/],
    [{ baseUrl: 'https://u:p@sap.example.com' }, /^baseUrl: .*user name or password/],
  ])('refuse %j', (settings, words) => expect(faultsOf(settings)[0]).toMatch(words));
});
