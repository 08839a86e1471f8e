import { answering, type CommitLog, createControlRouter, type Faults } from '@entrepot/sandbox-faults';
import type { Request, Router } from 'express';
import {
  type CompanyData,
  createCompany,
  put,
  type Row,
  SETTING_VALUES,
  type Settings,
  type SiteRule,
  type StockRule,
  setOf,
  stampRow,
} from './company/company.ts';
import { DEMO_COMPANY } from './company/demo-seed.ts';
import { addItem, type NewItem } from './company/items.ts';
import type { Sessions } from './company/sessions.ts';
import { deliverOrder } from './documents/moves.ts';
import { saveDraftAsOrder } from './documents/orders.ts';
import { setStock } from './documents/stock.ts';
import { keyOfRow, listEntitySets } from './schema/entity-sets.ts';

/** The sandbox's parts that its control API needs. */
export interface SandboxState {
  readonly companies: Map<string, CompanyData>;
  readonly sessions: Sessions;
  readonly commits: CommitLog;
  now(): number;
}

export interface ControlParts {
  readonly state: SandboxState;
  readonly faults: Faults;
  readonly reset: () => void;
}

/** The sandbox's own switches, beside those that every sandbox has. `?company=` chooses the company; default is the demo's. */
export function createControl({ state, faults, reset }: ControlParts): Router {
  const router = createControlRouter({ faults, commits: state.commits, reset, seed: (data) => seed(state, data) });

  router.post('/items', (request, response) =>
    answering(response, () =>
      response.status(201).json(addItem(companyOf(state, request), readItem(request.body), state.now())),
    ),
  );
  router.get('/settings', (request, response) =>
    answering(response, () => response.json(withoutSecrets(companyOf(state, request).settings))),
  );
  router.patch('/settings', (request, response) =>
    answering(response, () =>
      response.json(withoutSecrets(changeSettings(companyOf(state, request).settings, request.body))),
    ),
  );
  router.put('/rules', (request, response) =>
    answering(response, () => {
      const company = companyOf(state, request);
      company.rules = readRules(request.body);
      response.json({ items: company.rules });
    }),
  );
  router.post('/rules', (request, response) =>
    answering(response, () => {
      const company = companyOf(state, request);
      company.rules.push(...readRules([request.body]));
      response.status(201).json({ items: company.rules });
    }),
  );
  router.delete('/rules', (request, response) =>
    answering(response, () => {
      companyOf(state, request).rules = [];
      response.status(204).end();
    }),
  );
  router.put('/stock-rules', (request, response) =>
    answering(response, () => {
      const company = companyOf(state, request);
      company.stockRules = readStockRules(request.body);
      response.json({ items: company.stockRules });
    }),
  );
  router.put('/stock', (request, response) =>
    answering(response, () => {
      const { itemCode, warehouse, quantity } = request.body as Partial<StockLevel>;
      const item = setOf(companyOf(state, request), 'Items').get(String(itemCode));
      if (item === undefined || typeof warehouse !== 'string' || typeof quantity !== 'number')
        throw new Error('Send {itemCode, warehouse, quantity} of an item that exists.');
      setStock(item, warehouse, quantity);
      response.json(item);
    }),
  );
  router.post('/sessions/expire', (_request, response) => {
    state.sessions.endAll();
    response.status(204).end();
  });
  router.get('/sessions', (_request, response) => void response.json({ count: state.sessions.count() }));
  router.post('/drafts/:id/approve', (request, response) =>
    answering(response, () => {
      const { row } = saveDraftAsOrder(companyOf(state, request), request.params.id, state.now());
      const reference = row.U_EntrepotRef;
      const externalRef = typeof reference === 'string' ? reference : null;
      state.commits.append({
        externalRef,
        kind: 'Orders',
        id: String(row.DocEntry),
        number: String(row.DocNum),
        action: 'create',
      });
      response.json({ docEntry: row.DocEntry, docNum: row.DocNum });
    }),
  );
  router.post('/orders/:id/deliver', (request, response) =>
    answering(response, () => {
      const company = companyOf(state, request);
      const order = setOf(company, 'Orders').get(request.params.id);
      if (order === undefined) throw new Error(`There is no order ${request.params.id}.`);
      deliverOrder(
        company,
        order,
        (request.body as { quantities?: Record<string, number> } | undefined)?.quantities ?? null,
        state.now(),
      );
      response.json(order);
    }),
  );
  router.get('/rows/:set', (request, response) =>
    answering(response, () =>
      response.json({ items: [...setOf(companyOf(state, request), request.params.set).values()] }),
    ),
  );
  return router;
}

function companyOf(state: SandboxState, request: Request): CompanyData {
  const name = typeof request.query.company === 'string' ? request.query.company : DEMO_COMPANY;
  const company = state.companies.get(name);
  if (company === undefined)
    throw new Error(`There is no company ${name}; known: ${[...state.companies.keys()].join(', ')}.`);
  return company;
}

/**
 * Adds data: `{company?, createCompany?: {settings}, settings?, sets?: {Items: [row, …], …}, items?: [{itemCode, name, price, stock}], rates?, rules?}`.
 * Rows are put in by their key as they are.
 */
function seed(state: SandboxState, data: unknown): object {
  const input = data as {
    company?: string;
    createCompany?: { settings?: Partial<Settings> };
    settings?: Partial<Settings>;
    sets?: Record<string, Row[]>;
    items?: NewItem[];
    rates?: Record<string, number>;
    rules?: SiteRule[];
  };
  const name = input.company ?? DEMO_COMPANY;
  if (input.createCompany !== undefined && !state.companies.has(name))
    state.companies.set(name, createCompany(name, input.createCompany.settings));
  const company = state.companies.get(name);
  if (company === undefined) throw new Error(`There is no company ${name}; send "createCompany" to make it.`);
  if (input.settings !== undefined) changeSettings(company.settings, input.settings);
  for (const [setName, rows] of Object.entries(input.sets ?? {})) {
    const set = listEntitySets().find((candidate) => candidate.name === setName);
    if (set === undefined) throw new Error(`There is no set ${setName}.`);
    for (const row of rows) {
      const stored: Row = {};
      stampRow(company, stored, state.now(), set.stamped);
      put(company, setName, keyOfRow(set, row), Object.assign(stored, row));
    }
  }
  for (const item of input.items ?? []) addItem(company, readItem(item), state.now());
  Object.assign(company.rates, input.rates ?? {});
  company.rules.push(...readRules(input.rules ?? []));
  return { company: name, items: setOf(company, 'Items').size, partners: setOf(company, 'BusinessPartners').size };
}

function readItem(body: unknown): NewItem {
  const item = body as NewItem | undefined;
  if (typeof item?.itemCode !== 'string' || item.itemCode === '')
    throw new Error('Send {itemCode, name?, price?, stock?}.');
  return item;
}

function readRules(body: unknown): SiteRule[] {
  if (!Array.isArray(body)) throw new Error('Send a list of rules: [{itemCode?, cardCode?, code?, text}].');
  return body.map((rule: Partial<SiteRule>) => {
    if (typeof rule?.text !== 'string') throw new Error('A rule needs "text", the words of the refusal.');
    const matched = {
      ...(rule.itemCode === undefined ? {} : { itemCode: rule.itemCode }),
      ...(rule.cardCode === undefined ? {} : { cardCode: rule.cardCode }),
    };
    return { ...matched, code: rule.code ?? -1116, text: rule.text };
  });
}

interface StockLevel {
  readonly itemCode: string;
  readonly warehouse: string;
  readonly quantity: number;
}

function readStockRules(body: unknown): StockRule[] {
  if (!Array.isArray(body)) throw new Error('Send a list of stock rules: [{itemCode?, warehouse?}].');
  return body.map(({ itemCode, warehouse }: StockRule) => ({
    ...(itemCode === undefined ? {} : { itemCode }),
    ...(warehouse === undefined ? {} : { warehouse }),
  }));
}

function changeSettings(settings: Settings, change: unknown): Settings {
  if (typeof change !== 'object' || change === null)
    throw new Error(`Send some of: ${Object.keys(settings).join(', ')}.`);
  for (const [name, value] of Object.entries(change)) {
    if (!(name in settings))
      throw new Error(`There is no setting ${name}; known: ${Object.keys(settings).join(', ')}.`);
    const values = SETTING_VALUES[name as keyof Settings];
    if (values !== undefined && !values.includes(String(value)))
      throw new Error(`${name} is one of: ${values.join(', ')}.`);
  }
  return Object.assign(settings, change);
}

function withoutSecrets({ password: _password, ...settings }: Settings): object {
  return settings;
}
