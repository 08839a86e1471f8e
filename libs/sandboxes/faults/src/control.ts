import express, { type Request, type Response, Router } from 'express';
import { type CommitLog, countCreated } from './commit-log.ts';
import { readFaultRule } from './fault.ts';
import type { Faults } from './faults.ts';

export interface ControlOptions {
  readonly faults: Faults;
  readonly commits: CommitLog;
  /** Adds the given data to the sandbox's and returns the created objects. @throws Error that explains the mistake */
  readonly seed: (data: unknown) => unknown;
  readonly reset: () => void;
}

/**
 * The control routes that every sandbox has: `/faults`, `/documents`, `/requests`, `/seed`, `/reset`. The vendor's sandbox adds its own
 * routes to the router it gets back. `/documents` is the append-only log: `after` leaves out that many entries, `limit` ends the page.
 */
export function createControlRouter(options: ControlOptions): Router {
  const { faults, commits } = options;
  const router = Router();
  router.use(express.json({ limit: '10mb' }));

  router.get('/faults', (_request, response) => void response.json({ items: faults.list() }));
  router.post('/faults', (request, response) =>
    answering(response, () => response.status(201).json(faults.add(readFaultRule(request.body)))),
  );
  router.put('/faults', (request, response) =>
    answering(response, () => {
      const rules = readRules(request.body);
      faults.clear();
      response.json({ items: rules.map((rule) => faults.add(rule)) });
    }),
  );
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  router.delete('/faults/:id', (request, response) => {
    if (faults.remove(request.params.id)) response.status(204).end();
    else response.status(404).json({ error: `There is no fault rule ${request.params.id}.` });
  });

  router.get('/documents', (request, response) =>
    answering(response, () => {
      const all = commits.list(readQuery(request, 'externalRef'));
      const after = readCount(request, 'after') ?? 0;
      const items = all.slice(after, after + (readCount(request, 'limit') ?? all.length));
      response.json({ items, created: countCreated(items) });
    }),
  );
  router.get('/requests', (_request, response) => void response.json({ items: faults.requests.list() }));
  router.delete('/requests', (_request, response) => {
    faults.requests.clear();
    response.status(204).end();
  });

  router.post('/seed', (request, response) =>
    answering(response, () => response.status(201).json(options.seed(request.body ?? {}) ?? {})),
  );
  router.post('/reset', (_request, response) => {
    options.reset();
    response.status(204).end();
  });
  return router;
}

/** Rules of a PUT: a list, or an object with a list under `items`. @throws Error that says what is wrong */
export function readRules(body: unknown) {
  const list = Array.isArray(body) ? body : (body as { items?: unknown } | undefined)?.items;
  if (!Array.isArray(list)) throw new Error('Send a list of rules: [{match?, fault, times?, probability?}].');
  return list.map(readFaultRule);
}

/** Runs a control action; answers an error that it throws as the caller's mistake: 400 with the message. */
export function answering(response: Response, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    response.status(400).json({ error: (error as Error).message });
  }
}

/** @throws Error when it is given and no whole number */
function readCount(request: Request, name: string): number | undefined {
  const text = readQuery(request, name);
  if (text !== undefined && !/^\d+$/.test(text)) throw new Error(`"${name}" is "${text}", not a whole number.`);
  return text === undefined ? undefined : Number(text);
}

function readQuery(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' ? value : undefined;
}
