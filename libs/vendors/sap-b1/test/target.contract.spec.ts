import { Decimal } from '@entrepot/canonical';
import { describeTarget, type TargetEntityHarness, type TargetFault } from '@entrepot/vendor-kit/testing';
import { sapB1 } from '../src/index.ts';
import { makeCustomer, makeFlow, makeOrder } from './orders-for-tests.ts';
import { startTestSandbox, type TestSandbox } from './sandbox-for-tests.ts';

let lastId = 1000;

/** No word of any text, and one that every encoding changes. */
const PASSWORD = 'Canary+pass/1 "ö"';
const PAGE = '<html><head><title>Guest WiFi</title></head><body>Please sign in</body></html>';

async function setFault(test: TestSandbox, operation: string, fault: TargetFault | null): Promise<void> {
  test.sandbox.faults.clear();
  await test.control('PATCH', '/settings', { password: fault === 'unauthorized' ? 'changed' : PASSWORD });
  if (fault === 'unauthorized') await test.control('POST', '/sessions/expire');
  if (fault === 'down') test.sandbox.faults.add({ fault: { type: 'down' } });
  if (fault === 'garbage') test.sandbox.faults.add({ fault: { type: 'status', code: 200, body: PAGE } });
  if (fault === 'repeats-request') test.sandbox.faults.add({ fault: { type: 'repeatRequest', code: 400 } });
  const match = { method: 'POST', operation };
  if (fault === 'cut-before-commit') test.sandbox.faults.add({ match, times: 1, fault: { type: 'cutBeforeCommit' } });
  if (fault === 'cut-after-commit') test.sandbox.faults.add({ match, times: 1, fault: { type: 'cutAfterCommit' } });
}

async function countCreated(test: TestSandbox, externalRef: string): Promise<number> {
  const { items } = (await test.control('GET', `/documents?externalRef=${encodeURIComponent(externalRef)}`)) as {
    items: { action: string }[];
  };
  return items.filter((item) => item.action === 'create').length;
}

type Part<E extends 'order' | 'customer'> = Pick<
  TargetEntityHarness<E>,
  'entity' | 'flow' | 'makeEntity' | 'changeEntity' | 'unknownId'
>;

async function openHarness<E extends 'order' | 'customer'>(
  part: Part<E>,
  operation: string,
): Promise<TargetEntityHarness<E>> {
  const test = await startTestSandbox();
  await setFault(test, operation, null);
  const connection = test.connect({}, PASSWORD);
  return {
    ...part,
    connection,
    open: () => test.openPlain(connection),
    countCreated: (externalRef) => countCreated(test, externalRef),
    setFault: (fault) => setFault(test, operation, fault),
    ...(operation === 'Orders'
      ? {
          draftNext: async () => void (await test.control('PATCH', '/settings', { approvals: true, approvalsLeft: 1 })),
        }
      : {}),
    secretTexts: [PASSWORD, JSON.stringify(PASSWORD), 'B1SESSION'],
    close: () => test.close(),
  };
}

const orders: Part<'order'> = {
  entity: 'order',
  flow: makeFlow(),
  makeEntity: async () => {
    lastId += 1;
    const lines = [
      { price: '12.50', quantity: '2', tax: { rate: '0.08875', amount: '2.22' } },
      { sku: 'TSHIRT-BLK-M', price: '25.00', discount: '5.00', tax: { rate: '0.08875', amount: '1.78' } },
    ];
    return {
      entity: makeOrder({ id: String(lastId), number: `#${lastId}`, lines, shipping: { price: '6.90' } }),
      resolved: [],
    };
  },
  changeEntity: (order) => {
    const [first] = order.lines;
    const changed = makeOrder({
      id: order.source.id,
      number: order.source.number ?? '',
      lines: [
        { price: '12.50', quantity: '3', tax: { rate: '0.08875', amount: '3.33' } },
        { sku: 'TSHIRT-BLK-M', price: '25.00', discount: '5.00', tax: { rate: '0.08875', amount: '1.78' } },
      ],
      shipping: { price: '6.90' },
    });
    return {
      ...changed,
      lines: changed.lines.map((line, index) => (index === 0 ? { ...line, id: first?.id ?? line.id } : line)),
    };
  },
  unknownId: () => '99999999',
};

const customers: Part<'customer'> = {
  entity: 'customer',
  flow: makeFlow({}, { target: {} }),
  makeEntity: async () => {
    lastId += 1;
    return {
      entity: makeCustomer({ source: { connection: 'shop', vendor: 'shopify', id: String(lastId), version: 1 } }),
      resolved: [],
    };
  },
  changeEntity: (customer) => ({
    ...customer,
    phone: '+15550199',
    addresses: customer.addresses.map((address) => ({ ...address, city: `New ${new Decimal(1).toFixed()}` })),
  }),
  unknownId: () => 'C-NONE',
};

describeTarget({
  vendor: sapB1,
  entities: {
    order: () => openHarness(orders, 'Orders'),
    customer: () => openHarness(customers, 'BusinessPartners'),
  },
  side: async () => {
    const test = await startTestSandbox();
    return {
      open: () => test.openPlain(),
      countSignIns: async () =>
        test.sandbox.faults.requests.list().filter(({ operation }) => operation === 'Login').length,
      makeReference: async () => {
        await test.control('POST', '/items', { itemCode: 'NEW-MUG-2026' });
        return { naturalKey: 'NEW-MUG-2026', targetId: 'NEW-MUG-2026' };
      },
      close: () => test.close(),
    };
  },
});
