import { describe, expect, it } from 'vitest';
import { RecordTooLarge } from '../src/index.ts';

describe('the advice for a record that is too large', () => {
  it('names the setting and the size it needs, without what the publisher allows for lane headers', () => {
    const error = new RecordTooLarge('t', 5_000_000, { bytes: 4_000_000 + 32_768, headroom: 32_768 });
    expect(error.message).toBe('record of 5000000 bytes does not fit topic t (limit 4032768 bytes)');
    expect(error.advice).toBe(
      'Set ENTREPOT_MAX_RECORD_BYTES of all services to 4967232 or more (it is 4000000), and start them again.',
    );
  });

  it('does not ask for what the setting cannot be', () => {
    const { advice } = new RecordTooLarge('t', 13_000_000, { bytes: 4_000_000, headroom: 0 });
    expect(advice).toBe('It is larger than ENTREPOT_MAX_RECORD_BYTES can be set to (12582912).');
  });

  it('names the topic when Kafka refuses what the setting allows', () => {
    expect(new RecordTooLarge('t', 6_000, null).advice).toBe(
      'Raise max.message.bytes of topic t to 71536 or more: it was set lower than ENTREPOT_MAX_RECORD_BYTES needs.',
    );
  });
});
