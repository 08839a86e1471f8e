import { expect, it } from 'vitest';
import { planChange } from '../src/entities/order/change.ts';
import { mapOrder } from '../src/entities/order/map.ts';
import { toCreateBody } from '../src/entities/order/read-write.ts';
import { contextFor, planOf } from './map-for-tests.ts';
import { makeFlow, makeOrder } from './orders-for-tests.ts';

const none = { lineNums: new Set<number>(), differences: [] };

it('another code of the ship-to address comes with the address itself, empty columns too', () => {
  const mapped = planOf(mapOrder(makeOrder({ lines: [{ price: '10.00' }] }), contextFor(makeFlow())));
  const plan = { ...mapped, header: { ...mapped.header, ShipToCode: 'Depot' } };
  const [line] = plan.lines;
  const held = {
    ...plan.header,
    ShipToCode: 'HQ',
    DocumentLines: [{ LineNum: 0, ItemCode: line?.itemCode, Quantity: 1, LineTotal: 10, TaxCode: 'EX' }],
  };
  const address = {
    ShipToStreet: '1 Main Street',
    ShipToBlock: null,
    BillToStreet: '1 Main Street',
    BillToBlock: null,
  };
  expect(planChange(plan, held, none)?.body).toMatchObject({ ShipToCode: 'Depot', AddressExtension: address });
  expect(planChange(plan, { ...held, ShipToCode: 'Depot' }, none)).toBeNull();
  // Columns that a new order leaves out would be those of the partner's address.
  expect(toCreateBody(plan)).toMatchObject({ ShipToCode: 'Depot', AddressExtension: address });
});
