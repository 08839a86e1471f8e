import { describe, expect, it } from 'vitest';
import {
  type Confirmation,
  formatConfirmation,
  isConfirmation,
  parseConfirmation,
  parseLaneHeaders,
} from '../src/index.ts';

const confirmation: Confirmation = {
  to: 'erp',
  entity: 'order',
  sourceKey: 'shop/gid://1/2',
  document: {
    reference: 'shop/gid:%2F%2F1%2F2',
    role: 'order',
    subId: null,
    targetId: '12',
    number: 'SO-00512 ä',
    lines: [{ sourceLineId: 'l1', targetLine: '0' }],
  },
};

describe('a confirmation on a lane', () => {
  it('is read as it was written', () => {
    const { lines, ...document } = confirmation.document;
    for (const each of [confirmation, { ...confirmation, document: { ...document, number: null, subId: '2' } }]) {
      const { key, headers } = formatConfirmation(each);
      expect(isConfirmation(headers)).toBe(true);
      expect(parseConfirmation(key, headers)).toEqual(each);
    }
    expect(lines).toHaveLength(1);
  });

  it('is keyed as the deliveries of its record are, and is none', () => {
    const { key, headers } = formatConfirmation(confirmation);
    expect(key).toBe('shop/gid://1/2');
    expect(headers).toMatchObject({ ce_type: 'entrepot.order.v1', entrepot_to: 'erp' });
    expect(parseLaneHeaders(headers)).toBeNull();
  });

  const { headers } = formatConfirmation(confirmation);
  const changed = (change: object): Record<string, string> => ({
    ...headers,
    entrepot_confirmed: JSON.stringify({ ...confirmation.document, ...change }),
  });
  it.each([
    ['without a target', { ...headers, entrepot_to: '' }],
    ['of an unknown entity', { ...headers, ce_type: 'entrepot.ghost.v1' }],
    ['that is no JSON', { ...headers, entrepot_confirmed: '{' }],
    ['that is no object', { ...headers, entrepot_confirmed: 'null' }],
    ['without a reference', changed({ reference: undefined })],
    ['with an empty id', changed({ targetId: '' })],
    ['with an endless number', changed({ number: '9'.repeat(1_025) })],
    ['with a number that is none', changed({ number: 5 })],
    ['with lines that are none', changed({ lines: [{ sourceLineId: 'l1' }] })],
  ])('%s is not sound', (_what, unsound) => {
    expect(isConfirmation(unsound)).toBe(true);
    expect(parseConfirmation(confirmation.sourceKey, unsound)).toBeNull();
  });

  it('without a key is not sound', () => {
    expect(parseConfirmation(null, headers)).toBeNull();
  });
});
