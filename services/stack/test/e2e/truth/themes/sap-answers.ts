import { afterEach, describe, expect, it } from 'vitest';
import { goods, newPerson, orderOf } from '../stage/order-input.ts';
import type { Stage } from '../stage/stage.ts';

const MUG = [goods('MUG-WHITE', 1, '12.50')];
const USUAL = {
  approvals: false,
  approvalsLeft: null,
  approvalStatus: 400,
  uniqueField: null,
  repeatedCreates: 0,
  batchEnd: 'whole',
  language: 'en',
};

/** These change how the whole company answers: one after another, when nothing else goes on. */
export function showSapAnswers(stage: () => Stage): void {
  describe('answers of SAP that say less than they mean', () => {
    const answerSo = (settings: object) => stage().control.patch('sap-b1/settings', settings);
    afterEach(async () => {
      await answerSo(USUAL);
      await stage().control.put('sap-b1/stock-rules', []);
    });

    for (const approvalStatus of [404, 400, 500])
      it(`-2028 with status ${approvalStatus}: there is a draft, which becomes the order`, async () => {
        const { shop, settle, sap, control } = stage();
        await answerSo({ approvals: true, approvalsLeft: 1, approvalStatus });
        const order = await shop().place(orderOf(newPerson('Drew', 'Aft'), MUG));
        await settle(order, { as: ['accepted'] });
        const { items } = await control.get<{ items: { DocEntry: number; U_EntrepotRef: string }[] }>(
          'sap-b1/rows/Drafts',
        );
        const drafts = items.filter(({ U_EntrepotRef }) => U_EntrepotRef === `shop/${order.id}`);
        expect(drafts).toHaveLength(1);
        await control.post(`sap-b1/drafts/${drafts[0]?.DocEntry}/approve`);
        await settle(order, { as: ['verified'] });
        expect(await sap.orders(order)).toHaveLength(1);
      });

    for (const language of ['es', 'pt'])
      it(`-2035 in ${language} to a create that came twice: the document is there`, async () => {
        const { shop, settle, sap } = stage();
        await answerSo({ uniqueField: 'NumAtCard', repeatedCreates: 1, language });
        const order = await shop().place(orderOf(newPerson('Dora', 'Double'), MUG));
        // Told once more after the look-up, what was verified ends as unchanged.
        await settle(order, { as: ['verified', 'unchanged'] });
        expect(await sap.orders(order)).toHaveLength(1);
      });

    it('-10 for want of stock: tried again, and done when stock has come', async () => {
      const { shop, settle, sap, control } = stage();
      await control.put('sap-b1/stock-rules', [{ itemCode: 'HOODIE-GRY-M' }]);
      const lines = [goods('MUG-WHITE', 1, '12.50'), goods('HOODIE-GRY-M', 140, '59.00')];
      const order = await shop().place(orderOf(newPerson('Stan', 'Stock'), lines));
      await settle(order, { as: ['retrying', 'waiting'] });
      expect(await sap.orders(order)).toHaveLength(0);
      for (const warehouse of ['01', 'W-MAIN'])
        await control.put('sap-b1/stock', { itemCode: 'HOODIE-GRY-M', warehouse, quantity: 500 });
      await settle(order, { as: ['verified'] });
      expect(await sap.orders(order)).toHaveLength(1);
    });

    it('a batch without its last boundary is read, and batches go on', async () => {
      const { shop, settle, sap, control } = stage();
      await answerSo({ batchEnd: 'without-boundary' });
      const first = await shop().place(orderOf(newPerson('Bo', 'Undary'), MUG));
      await settle(first, { as: ['verified'] });
      await control.delete('sap-b1/requests');
      const second = await shop().place(orderOf(newPerson('Bo', 'Undary'), MUG));
      await settle(second, { as: ['verified'] });
      const { items } = await control.get<{ items: { operation: string }[] }>('sap-b1/requests');
      const operations = items.map(({ operation }) => operation);
      expect(operations).toContain('$batch');
      expect(operations).not.toContain('Drafts');
      for (const order of [first, second]) expect(await sap.orders(order)).toHaveLength(1);
    });

    it('a batch that is cut off is not believed, and the order comes once all the same', async () => {
      const { shop, settle, sap } = stage();
      await answerSo({ batchEnd: 'cut' });
      const order = await shop().place(orderOf(newPerson('Curt', 'Cut'), MUG));
      await settle(order, { as: ['verified'] });
      expect(await sap.orders(order)).toHaveLength(1);
    });
  });
}
