import { type CommitLog, createCommitLog, createFaults, type Faults, type Sandbox } from '@entrepot/sandbox-faults';
import express, { type Request, type Response, Router } from 'express';
import { answerBatch, type BatchRequest, listParts } from './api/batch-request.ts';
import { handleCall } from './api/handle.ts';
import { readOperation, readVersion } from './api/operation.ts';
import type { CallScope, SapReply } from './api/request.ts';
import { replyWithStatus } from './api/status-reply.ts';
import { DraftMade } from './api/write.ts';
import type { CompanyData } from './company/company.ts';
import { DEMO_COMPANY, SECOND_COMPANY, seedDemoCompany, seedSecondCompany } from './company/demo-seed.ts';
import { createSessions, type Sessions } from './company/sessions.ts';
import { createControl } from './control.ts';
import { SapFault } from './protocol/sap-fault.ts';
import { type Version, writeFault } from './protocol/version.ts';

export interface SapB1SandboxOptions {
  /** Idle minutes after which a session dies. */
  readonly sessionTimeoutMinutes?: number;
  /** How long a login takes; parallel ones fail. */
  readonly loginMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The sandbox's parts that its control API needs too. */
export interface SandboxState {
  readonly companies: Map<string, CompanyData>;
  readonly sessions: Sessions;
  readonly commits: CommitLog;
  now(): number;
}

const BODY_LIMIT = '20mb';
const MINUTE_MS = 60_000;

/** A simulator of SAP Business One Service Layer: `/b1s/v1` and `/b1s/v2` below the mount point, several companies. */
export function createSapB1Sandbox(options: SapB1SandboxOptions = {}): Sandbox {
  const now = options.now ?? Date.now;
  const timeoutMinutes = options.sessionTimeoutMinutes ?? 30;
  const sessions = createSessions({ idleMs: timeoutMinutes * MINUTE_MS, loginMs: options.loginMs ?? 20, now });
  const state: SandboxState = { companies: seedCompanies(), sessions, commits: createCommitLog(now), now };
  const faults = createFaults({
    operationOf: (request) => readOperation(decodeURIComponent(request.path)),
    partsOf: (request) => (request.path.endsWith('/$batch') ? listParts(request.path, readBatch(request)) : []),
    expireSession: (request) => sessions.end(request.headers.cookie),
    answerStatus,
  });

  const router = Router();
  router.use(express.raw({ type: () => true, limit: BODY_LIMIT }));
  router.use(faults.middleware);
  router.get('/ping/:target', (_request, response) => {
    response.json({ message: 'pong', sender: 'node1', timestamp: String(now() / 1000) });
  });
  for (const version of ['v1', 'v2'] as const) {
    router.post(`/b1s/${version}/Login`, (request, response) =>
      login(state, version, timeoutMinutes, request, response),
    );
    router.post(`/b1s/${version}/Logout`, (request, response) => {
      answering(version, response, () => {
        sessions.require(request.headers.cookie);
        sessions.end(request.headers.cookie);
        response.status(204).end();
      });
    });
    router.use(`/b1s/${version}`, (request, response) => serve(state, faults, version, request, response));
  }

  const reset = (): void => {
    state.companies.clear();
    for (const [name, company] of seedCompanies()) state.companies.set(name, company);
    sessions.endAll();
    faults.clear();
    faults.requests.clear();
    state.commits.clear();
  };
  const control = createControl({ state, faults, reset });
  return {
    name: 'sap-b1',
    router,
    control,
    faults,
    reset,
    close: async () => {
      faults.close();
    },
  };
}

function seedCompanies(): Map<string, CompanyData> {
  return new Map([
    [DEMO_COMPANY, seedDemoCompany()],
    [SECOND_COMPANY, seedSecondCompany()],
  ]);
}

async function login(
  state: SandboxState,
  version: Version,
  timeoutMinutes: number,
  request: Request,
  response: Response,
): Promise<void> {
  try {
    const body = readJson(request) as { CompanyDB?: unknown; UserName?: unknown; Password?: unknown } | null;
    const session = await state.sessions.login(
      state.companies.get(String(body?.CompanyDB ?? '')),
      body?.UserName,
      body?.Password,
    );
    // Without Path and with a dangling semicolon, as the server sends it.
    response.setHeader('Set-Cookie', [`B1SESSION=${session.id};HttpOnly;`, 'ROUTEID=.node1; path=/b1s']);
    response.json({ SessionId: session.id, Version: '1000340', SessionTimeout: timeoutMinutes });
  } catch (error) {
    writeError(version, response, error);
  }
}

function serve(state: SandboxState, faults: Faults, version: Version, request: Request, response: Response): void {
  answering(version, response, () => {
    // The balancer in front chokes on it: an empty 500.
    if (request.headers.expect !== undefined) return void response.status(500).end();
    const { company } = state.sessions.require(request.headers.cookie);
    const service = `${request.protocol}://${request.headers.host ?? 'localhost'}${request.baseUrl}`;
    const scope: CallScope = { company, version, service, commits: [], now: () => state.now() };
    const [rawPath, query] = request.url.split('?') as [string, string | undefined];
    const path = decodeURIComponent(rawPath.replace(/^\//, ''));
    try {
      const headers = request.headers as Record<string, string | undefined>;
      const reply =
        path === '$batch'
          ? answerBatch(scope, readBatch(request), faults.struckPart(request), () => state.sessions.end(headers.cookie))
          : handleCall(scope, { method: request.method, path, query: query ?? '', headers, body: readJson(request) });
      keepCommits(state, scope);
      writeReply(version, response, reply);
    } catch (error) {
      if (error instanceof DraftMade) keepCommits(state, scope);
      throw error;
    }
  });
}

function keepCommits(state: SandboxState, scope: CallScope): void {
  for (const commit of scope.commits) state.commits.append(commit);
}

function writeReply(version: Version, response: Response, reply: SapReply): void {
  response.status(reply.status);
  if (version === 'v2') response.setHeader('OData-Version', '4.0');
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  if (reply.body === null) response.end();
  else if (typeof reply.body === 'string') {
    if (!response.hasHeader('content-type')) response.type('text/plain');
    response.end(reply.body);
  } else response.type('application/json').end(JSON.stringify(reply.body));
}

function answering(version: Version, response: Response, action: () => void): void {
  try {
    action();
  } catch (error) {
    writeError(version, response, error);
  }
}

function writeError(version: Version, response: Response, error: unknown): void {
  if (!(error instanceof SapFault)) throw error;
  response
    .status(error.status)
    .type('application/json')
    .end(JSON.stringify(writeFault(version, error)));
}

function readBatch(request: Request): BatchRequest {
  return { contentType: request.headers['content-type'] ?? '', text: readText(request) };
}

function readText(request: Request): string {
  return request.body instanceof Buffer ? request.body.toString() : '';
}

/** @throws SapFault -1000 when the body is no JSON */
function readJson(request: Request): unknown {
  const text = readText(request);
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new SapFault(400, -1000, 'Bad request body: not JSON');
  }
}

function answerStatus(status: number, request: Request, response: Response): void {
  const version = readVersion(request.path);
  writeReply(version, response, replyWithStatus(version, status));
}
