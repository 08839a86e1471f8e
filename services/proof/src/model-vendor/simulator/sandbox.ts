import type { ServerResponse } from 'node:http';
import {
  answering,
  answerJson,
  createCommitLog,
  createControlRouter,
  createFaults,
  type Sandbox,
  serveVendorApi,
  type VendorRequest,
} from '@entrepot/sandbox-faults';
import type { Request } from 'express';
import { type Row, TOKEN, type WireCustomer } from '../rows.ts';
import { type Change, ModelSystem, Refusal } from './system.ts';
import { createWebhookSender } from './webhooks.ts';

/** The systems, named as the connections to them. */
export const SYSTEMS = ['left', 'right'] as const;
const BODY_LIMIT_BYTES = 100_000;

/**
 * Both systems of the model vendor, each below `/model/<system>`. Their control API: `POST` and `PATCH /<system>/customers` are what a person
 * does, `GET /changes?after=` is the append-only log of what was committed, `PUT /webhooks` says who is told.
 */
export function createModelSandbox(): Sandbox {
  const webhooks = createWebhookSender();
  const commits = createCommitLog();
  let changes: Change[] = [];
  let systems = openSystems();

  function openSystems(): Map<string, ModelSystem> {
    const note = (change: Change): void => {
      changes.push(change);
      commits.append({
        externalRef: change.reference,
        kind: 'customers',
        id: change.id,
        number: null,
        action: change.action,
      });
      webhooks.tell(change);
    };
    return new Map(SYSTEMS.map((name) => [name, new ModelSystem(name, note)]));
  }
  function systemOf(name: unknown): ModelSystem {
    const system = systems.get(String(name));
    if (system === undefined) throw new Error(`There is no system "${name}"; known: ${SYSTEMS.join(', ')}.`);
    return system;
  }
  function reset(): void {
    changes = [];
    commits.clear();
    systems = openSystems();
  }

  const faults = createFaults({ operationOf: ({ path }) => path.split('/')[2] ?? null });
  const control = createControlRouter({ faults, commits, reset, seed: () => ({}) });
  control.put('/webhooks', (request, response) =>
    answering(response, () => {
      webhooks.sendTo((request.body as { urls: readonly string[] }).urls);
      response.json({});
    }),
  );
  control.get('/changes', (request, response) =>
    answering(response, () => response.json({ items: changes.slice(Number(request.query.after ?? 0)) })),
  );
  control.get('/:system/customers', (request, response) =>
    answering(response, () => {
      const system = systemOf(request.params.system);
      const { reference } = request.query;
      response.json({ items: reference === undefined ? system.list() : system.findByReference(String(reference)) });
    }),
  );
  control.post('/:system/customers', (request, response) =>
    answering(response, () => response.json(systemOf(request.params.system).create(readRow(request), null, 'person'))),
  );
  control.patch('/:system/customers/:id', (request, response) =>
    answering(response, () => {
      const { system, id } = request.params;
      response.json(systemOf(system).update(id, readRow(request), null, 'person'));
    }),
  );

  const serve = serveVendorApi({
    name: 'model',
    bodyLimitBytes: BODY_LIMIT_BYTES,
    faults,
    handle: (request, response) => {
      const system = systems.get(request.path.split('/')[1] ?? '');
      try {
        if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Refusal(401);
        if (system === undefined) throw new Refusal(404);
        answer(system, request, response);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answerJson(response, error.status, {});
      }
    },
  });
  return { name: 'model', serve, control, faults, reset, close: async () => faults.close() };
}

function readRow({ body }: Request): Row {
  return body as Row;
}

/** @throws Refusal */
function answer(system: ModelSystem, request: VendorRequest, response: ServerResponse): void {
  const { method, path, query, headers, body } = request;
  const [, , collection, id = ''] = path.split('/').map(decodeURIComponent);
  const asked = new URLSearchParams(query);
  if (collection === 'changes') answerJson(response, 200, system.listChanges(Number(asked.get('after') ?? 0)));
  else if (collection !== 'customers') answerJson(response, 404, {});
  else if (method === 'GET') answerJson(response, 200, { items: find(system, asked) });
  else {
    const given = JSON.parse(body) as Row & { reference: string };
    if (method === 'POST') answerJson(response, 201, system.create(given, given.reference, 'api'));
    else answerJson(response, 200, system.update(id, given, Number(headers['if-match']), 'api'));
  }
}

function find(system: ModelSystem, asked: URLSearchParams): readonly WireCustomer[] {
  const reference = asked.get('reference');
  if (reference !== null) return system.findByReference(reference);
  const ids = (asked.get('ids') ?? '').split(',');
  return ids.map((id) => system.get(id)).filter((customer) => customer !== null);
}
