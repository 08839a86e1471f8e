import { describe, expect, it } from 'vitest';
import { ConfigError, declareConfig } from '../src/index.ts';

const declaration = declareConfig({
  KAFKA_BROKERS: { description: 'Kafka brokers, host:port', type: 'list', required: true },
  MONGODB_URI: { description: 'MongoDB replica set', type: 'url', required: true },
  PORT: { description: 'port', type: 'integer', default: 7070, min: 1, max: 65535 },
  VERBOSE: { description: 'tell more', type: 'boolean', default: false },
  MODE: { description: 'mode', type: 'string', oneOf: ['a', 'b'] },
  KEY: { description: 'master key', type: 'string', secret: true, oneOf: ['good'] },
});

function faultsOf(env: Record<string, string>): ConfigError {
  try {
    declaration.readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected faults');
}

describe('readConfig', () => {
  it('reads typed values, defaults, and null for what is optional', () => {
    const config = declaration.readConfig({
      KAFKA_BROKERS: ' a:9092, b:9092 ,',
      MONGODB_URI: 'mongodb://127.0.0.1:27017/?replicaSet=r',
      VERBOSE: 'Yes',
      MODE: '',
    });
    const typed: { KAFKA_BROKERS: readonly string[]; PORT: number; VERBOSE: boolean; MODE: string | null } = config;
    expect(typed).toMatchObject({ KAFKA_BROKERS: ['a:9092', 'b:9092'], PORT: 7070, VERBOSE: true, MODE: null });
  });

  it('tells all faults at once, each with variable, problem and advice', () => {
    const { faults, message } = faultsOf({ PORT: '70000', VERBOSE: 'perhaps', MODE: 'c', MONGODB_URI: 'no url' });
    expect(faults.map((fault) => fault.variable)).toEqual(['KAFKA_BROKERS', 'MONGODB_URI', 'PORT', 'VERBOSE', 'MODE']);
    for (const fault of faults) {
      expect(fault.problem).not.toBe('');
      expect(fault.advice).not.toBe('');
      expect(message).toContain(`${fault.variable}: ${fault.problem}. ${fault.advice}`);
    }
    expect(message).toContain('Kafka brokers, host:port');
    expect(message).toContain('Use 65535 or less');
  });

  it('refuses numbers that are not whole', () => {
    const ok = { KAFKA_BROKERS: 'a', MONGODB_URI: 'mongodb://a' };
    for (const PORT of ['1.5', '1e3', '0x10', 'ten', '99999999999999999999']) {
      expect(faultsOf({ ...ok, PORT }).faults[0]?.variable).toBe('PORT');
    }
  });

  it('never shows a secret, nor the password inside a URL', () => {
    const env = { KEY: 'topsecretvalue', KAFKA_BROKERS: 'a', MONGODB_URI: 'mongodb://user:hunter2@host/db' };
    expect(faultsOf(env).message).not.toContain('topsecretvalue');
    const shown = JSON.stringify(declaration.describe(env));
    expect(shown).not.toContain('topsecretvalue');
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('********');
  });

  it('describes defaults and what is not set', () => {
    const described = declaration.describe({});
    expect(described.find((setting) => setting.variable === 'PORT')).toMatchObject({ value: '7070', isDefault: true });
    expect(described.find((setting) => setting.variable === 'MODE')).toMatchObject({ value: '(not set)' });
  });
});
