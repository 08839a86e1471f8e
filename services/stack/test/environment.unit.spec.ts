import { expect, it } from 'vitest';
import { HOST, SERVICES } from '../src/processes/catalogue.ts';
import { environmentOf } from '../src/processes/environment.ts';

const COMMON = {
  PATH: '/bin',
  KAFKA_BROKERS: 'kafka:9092',
  ENTREPOT_ADMIN_TOKEN: 'the token',
  ENTREPOT_MASTER_KEY: 'the key',
  ENTREPOT_KEY_FILE: '/home/master.key',
  ENTREPOT_PREVIOUS_MASTER_KEY: 'the key before',
  ENTREPOT_PREVIOUS_KEY_FILE: '/home/former.key',
  ENTREPOT_CONFIG: '/home/config.yaml',
};

function toldTo(name: string): string[] {
  const entry = [...SERVICES, HOST].find((service) => service.name === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return Object.keys(environmentOf(entry, COMMON)).filter((variable) => variable.startsWith('ENTREPOT_'));
}

it('only the ledger is told the admin token and the file with the first secrets, and the sandbox no secret at all', () => {
  const key = [
    'ENTREPOT_MASTER_KEY',
    'ENTREPOT_KEY_FILE',
    'ENTREPOT_PREVIOUS_MASTER_KEY',
    'ENTREPOT_PREVIOUS_KEY_FILE',
  ];
  expect(toldTo('ledger').sort()).toEqual([...key, 'ENTREPOT_ADMIN_TOKEN', 'ENTREPOT_CONFIG'].sort());
  expect(toldTo('sink-sap-b1')).toEqual(key);
  expect(toldTo('connector-shopify')).toEqual(key);
  expect(toldTo('host')).toEqual(key);
  expect(toldTo('sandbox')).toEqual([]);
  for (const entry of SERVICES) expect(environmentOf(entry, COMMON).KAFKA_BROKERS).toBe('kafka:9092');
});
