import { answering, type FaultRule, type PlainHandler, readRules, type Sandbox } from '@entrepot/sandbox-faults';
import express, { type RequestHandler, type Router } from 'express';

export interface SandboxApp {
  /** The vendors' APIs, each at `/<name>`. */
  readonly serve: PlainHandler;
  /** Their control APIs, each at `/_control/<name>`, and the switches of all of them at `/_control/faults` and `/_control/reset`. */
  readonly control: Router;
}

/** The vendors' simulators under one roof. */
export function createSandboxApp(sandboxes: readonly Sandbox[]): SandboxApp {
  const byName = new Map(sandboxes.map((sandbox) => [sandbox.name, sandbox]));
  return {
    serve: (request, response, next) => {
      const [, name = ''] = (request.url ?? '').split('/', 2);
      const sandbox = byName.get(name);
      if (sandbox === undefined) next();
      else sandbox.serve(request, response, next);
    },
    control: createControl(sandboxes),
  };
}

/**
 * Refuses changes that any page in a browser of this machine could request. A page can send a POST to another site without a preflight
 * request only as a form or as plain text; `application/json` makes the browser send one, and this service does not answer it.
 */
const refusePages: RequestHandler = (request, response, next) => {
  const isJson = /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
  if (request.method === 'GET' || request.method === 'HEAD' || isJson) return next();
  response.status(415).json({
    error: `Send the header "content-type: application/json" with every ${request.method}, with a body or without: it shows that no web page asks.`,
  });
};

function createControl(sandboxes: readonly Sandbox[]): Router {
  const router = express.Router();
  router.use('/_control', refusePages);
  for (const sandbox of sandboxes) router.use(`/_control/${sandbox.name}`, sandbox.control);
  const listFaults = (): Record<string, readonly FaultRule[]> =>
    Object.fromEntries(sandboxes.map((sandbox) => [sandbox.name, sandbox.faults.list()]));

  router.get('/_control/faults', (_request, response) => void response.json(listFaults()));
  router.put('/_control/faults', express.json(), (request, response) =>
    answering(response, () => {
      const given = Object.entries(request.body as Record<string, unknown>).map(([name, rules]) => {
        const sandbox = sandboxes.find((candidate) => candidate.name === name);
        if (sandbox === undefined)
          throw new Error(
            `There is no sandbox "${name}"; known: ${sandboxes.map((candidate) => candidate.name).join(', ')}.`,
          );
        return { sandbox, rules: readRules(rules) };
      });
      for (const { sandbox, rules } of given) {
        sandbox.faults.clear();
        for (const rule of rules) sandbox.faults.add(rule);
      }
      response.json(listFaults());
    }),
  );
  router.delete('/_control/faults', (_request, response) => {
    for (const sandbox of sandboxes) sandbox.faults.clear();
    response.status(204).end();
  });
  router.post('/_control/reset', (_request, response) => {
    for (const sandbox of sandboxes) sandbox.reset();
    response.status(204).end();
  });
  return router;
}
