import type { VendorError } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { call, planOrder, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

/** The next order is not taken, but answered with this error. */
function answerWith(code: string, status: number, message = 'Aucun enregistrement correspondant'): void {
  const body = JSON.stringify({ error: { code, details: [{ code: '', message: '' }], message } });
  const match = { method: 'POST', operation: 'Orders' };
  test.sandbox.faults.add({ match, times: 1, fault: { type: 'status', code: status, body } });
}

const seed = (set: string) =>
  test.control('POST', '/seed', {
    sets: { [set]: [{ DocEntry: 7, DocNum: 70, U_EntrepotRef: 'shop/1001', DocObjectCode: 'oOrders' }] },
  });

const create = async () => target.entity('order').create(await planOrder(), call);
const failure = async (): Promise<VendorError> =>
  create().then(
    () => Promise.reject(new Error('created, though it should fail')),
    (error: VendorError) => error,
  );

describe('-2028 to a create, whatever its status', () => {
  it.each([400, 404, 409, 500, 502])('%i: the approval draft that was written is found', async (status) => {
    await seed('Drafts');
    answerWith('-2028', status);
    expect(await create()).toEqual({ targetId: 'draft:7', targetNumber: '70', status: 'accepted' });
  });

  it.each([400, 404])('%i: without a draft something in the order does not exist', async (status) => {
    answerWith('-2028', status);
    expect(await failure()).toMatchObject({ kind: 'rejected', advice: expect.stringContaining('item') });
  });

  it('502: without a draft it is not known what became of it', async () => {
    answerWith('-2028', 502);
    expect(await failure()).toMatchObject({ kind: 'unavailable', answerUnknown: true });
  });
});

describe('-2035 to a create', () => {
  it.each([400, 404, 409])('%i: the order that is there already is it', async (status) => {
    await seed('Orders');
    answerWith('-2035', status, 'Esta entrada ya existe en las tablas siguientes (ODBC -2035)');
    expect(await create()).toEqual({ targetId: '7', targetNumber: '70', status: 'created' });
  });

  it('with nothing there it is tried again, and then for a person', async () => {
    answerWith('-2035', 400, 'Esta entrada já existe nas seguintes tabelas (ODBC -2035)');
    expect(await failure()).toMatchObject({ kind: 'conflict', code: '-2035', advice: expect.stringMatching(/\w{3}/) });
  });
});

it('-10 about stock is tried again', async () => {
  answerWith('-10', 400, 'A quantidade cai em estoque negativo [RDR1.ItemCode][linha: 1]');
  expect(await failure()).toMatchObject({ kind: 'conflict', advice: expect.stringContaining('stock') });
});
