import { type Address, createAddress, type Sparse } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAddressExtension } from '../src/entities/order/map/header.ts';
import { orderSettingsSchema } from '../src/entities/order/settings.ts';
import { readAddressParts } from '../src/map/party.ts';
import { collectProblems, createTextFitter, mergeRemarks } from '../src/map/translate.ts';
import { makeFlow } from './orders-for-tests.ts';

function read(
  address: Sparse<Address>,
  { state = {}, writeStates }: { state?: Record<string, string>; writeStates?: boolean | string[] } = {},
) {
  const problems = collectProblems();
  const texts = createTextFitter({ textLimits: {}, overlongText: 'remarks' }, problems);
  const flow = makeFlow({}, { valueMaps: { state } });
  const settings = orderSettingsSchema.parse(writeStates === undefined ? {} : { writeStates });
  const parts = readAddressParts(createAddress(address), { texts, flow, writeStates: settings.writeStates }, 'shipTo');
  return { parts, state: parts.state, remarks: texts.remarks('OpeningRemarks'), problems };
}

describe('states', () => {
  it.each([
    [{ country: 'US', regionCode: 'CA', regionName: 'California' }, 'CA'],
    [{ country: 'US', regionCode: 'US-CA', regionName: 'California' }, 'CA'],
    [{ country: 'CA', regionCode: 'QC' }, 'QC'],
    [{ country: 'AU', regionName: 'NSW' }, 'NSW'],
  ])('%j is %s', (address, state) => {
    expect(read(address)).toMatchObject({ state, remarks: null });
  });

  it.each([
    [{ country: 'MX', regionCode: 'Q ROO', regionName: 'Quintana Roo' }, 'Quintana Roo'],
    [{ country: 'AU', regionName: 'New South Wales' }, 'New South Wales'],
    [{ country: 'JP', regionCode: 'JP-13', regionName: 'Tokyo' }, 'Tokyo'],
    [{ country: 'IT', regionCode: 'MI' }, 'MI'],
  ])('%j is what SAP would not take: left out, and noted', (address, noted) => {
    const { state, remarks, problems } = read(address);
    expect(state).toBeNull();
    expect(remarks).toContain(noted);
    expect(problems.any).toBe(false);
  });

  it('the value map comes first: by country and code, by code, by name, in every country', () => {
    const map = { 'MX-Q ROO': 'QR', BE: '11', 'New South Wales': '2' };
    expect(read({ country: 'MX', regionCode: 'Q ROO' }, { state: map }).state).toBe('QR');
    expect(read({ country: 'DE', regionCode: 'BE' }, { state: map }).state).toBe('11');
    expect(read({ country: 'AU', regionName: 'New South Wales' }, { state: map }).state).toBe('2');
    expect(read({ country: 'US', regionCode: 'NY' }, { state: map }).state).toBe('NY');
  });

  it('a code of the value map that is too long is left out and noted, too', () => {
    const { state, remarks } = read({ country: 'US', regionCode: 'CA' }, { state: { 'US-CA': 'CALI' } });
    expect(state).toBeNull();
    expect(remarks).toContain('CALI');
  });

  it('all countries, some, or none by the setting', () => {
    const milano = { country: 'IT', regionCode: 'MI' };
    expect(read(milano, { writeStates: true }).state).toBe('MI');
    expect(read(milano, { writeStates: ['IT'] }).state).toBe('MI');
    expect(read({ country: 'US', regionCode: 'CA' }, { writeStates: ['IT'] }).state).toBeNull();
    expect(read({ country: 'US', regionCode: 'CA' }, { writeStates: false })).toMatchObject({
      state: null,
      remarks: null,
    });
  });
});

describe('addresses of an order', () => {
  it('name every field, the empty ones too; an address that the order does not have is not named', () => {
    const { parts } = read({ lines: ['1 Main Street'], country: 'US' });
    expect(toAddressExtension(parts, null)).toEqual({
      ShipToStreet: '1 Main Street',
      ShipToBlock: null,
      ShipToCity: null,
      ShipToZipCode: null,
      ShipToState: null,
      ShipToCountry: 'US',
      ShipToAddress2: null,
      ShipToAddress3: null,
    });
    expect(toAddressExtension(null, null)).toBeUndefined();
  });

  it('a postal code that is too long is left out whole, a street is cut; both are kept in the remarks', () => {
    const [street, postalCode] = ['s'.repeat(150), '9'.repeat(21)];
    const { parts, remarks } = read({ lines: [street], postalCode, country: 'US' });
    expect(parts).toMatchObject({ street: 's'.repeat(100), zipCode: null });
    expect(remarks).toBe(`[Entrepot]\nStreet: ${street}\nZipCode: ${postalCode}\n[/Entrepot]`);
  });
});

describe('remarks', () => {
  const frame = (text: string) => `[Entrepot]\n${text}\n[/Entrepot]`;

  it("people's words stay, ours come, change and go", () => {
    const text = fc.stringMatching(/^[ -Z^-~]{1,20}$/).map((words) => words.trim() || 'x');
    fc.assert(
      fc.property(fc.option(text), text, text, (people, first, second) => {
        const begun = mergeRemarks(people, frame(first));
        expect(begun).toContain(frame(first));
        const changed = mergeRemarks(begun, frame(second));
        expect(changed).toBe(begun?.replace(frame(first), () => frame(second)));
        expect(mergeRemarks(changed, frame(second))).toBe(changed);
        expect(mergeRemarks(changed, null)).toBe(people);
        expect(mergeRemarks(people, null)).toBe(people);
      }),
    );
  });

  it('line ends that SAP gives back in its own way are no change', () => {
    const held = 'Ask for Eve\r\n[Entrepot]\r\nCity: a\rb\r\n[/Entrepot]';
    expect(mergeRemarks(held, frame('City: a\nb'))).toBe(held);
  });
});
