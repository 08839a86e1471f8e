import { afterAll, beforeAll, vi } from 'vitest';
import { type Stage, startStage } from './stage/stage.ts';
import { showExchanges } from './themes/goods/exchanges.ts';
import { showItemsAndTexts } from './themes/goods/items-and-texts.ts';
import { showPlaces } from './themes/goods/places.ts';
import { showQuantitiesAndRefunds } from './themes/goods/quantities-and-refunds.ts';
import { showCompanies } from './themes/partners/companies.ts';
import { showEmptiedFields } from './themes/partners/emptied-fields.ts';
import { showNames } from './themes/partners/names.ts';
import { showSapAnswers } from './themes/sap-answers.ts';
import { showGateAndDates } from './themes/sums/gate-and-dates.ts';
import { showMoneyToTheCent } from './themes/sums/money-to-the-cent.ts';
import { showTax } from './themes/sums/tax.ts';

// Through webhook, API and sandbox, so that what is shown here holds whatever the classes between are.
// Nearly all of a test is waiting; each has orders and customers of its own.
vi.setConfig({ maxConcurrency: 24 });

let stage: Stage | undefined;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ({ stage, stop } = await startStage());
}, 180_000);

afterAll(() => stop?.(), 60_000);

const onStage = (): Stage => {
  if (stage === undefined) throw new Error('The stack did not start.');
  return stage;
};

showCompanies(onStage);
showEmptiedFields(onStage);
showGateAndDates(onStage);
showExchanges(onStage);
showItemsAndTexts(onStage);
showMoneyToTheCent(onStage);
showNames(onStage);
showPlaces(onStage);
showQuantitiesAndRefunds(onStage);
showTax(onStage);
showSapAnswers(onStage);
