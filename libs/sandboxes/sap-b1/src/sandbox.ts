import type { ServerResponse } from 'node:http';
import {
  answerJson,
  answerText,
  createCommitLog,
  createFaults,
  type Faults,
  type Sandbox,
  serveVendorApi,
  type VendorRequest,
} from '@entrepot/sandbox-faults';
import { answerBatch, type BatchRequest, listParts } from './api/batch/request.ts';
import { handleCall } from './api/handle.ts';
import { readOperation, readVersion } from './api/operation.ts';
import type { CallScope, SapReply } from './api/request.ts';
import { replyWithPage, replyWithStatus } from './api/status-reply.ts';
import type { CompanyData } from './company/company.ts';
import { DEMO_COMPANY, SECOND_COMPANY, seedDemoCompany, seedSecondCompany } from './company/demo-seed.ts';
import { createSessions } from './company/sessions.ts';
import { createControl, type SandboxState } from './control.ts';
import { SapFault } from './protocol/sap-fault.ts';
import { type Version, writeEntity, writeFault } from './protocol/version.ts';

export interface SapB1SandboxOptions {
  /** Idle minutes after which a session dies. */
  readonly sessionTimeoutMinutes?: number;
  /** How long a login takes; parallel ones fail. */
  readonly loginMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const NAME = 'sap-b1';
const BODY_LIMIT_BYTES = 20 * 1024 * 1024;
const MINUTE_MS = 60_000;

/** A simulator of SAP Business One Service Layer: `/b1s/v1` and `/b1s/v2` below the mount point, several companies. */
export function createSapB1Sandbox(options: SapB1SandboxOptions = {}): Sandbox {
  const now = options.now ?? Date.now;
  const timeoutMinutes = options.sessionTimeoutMinutes ?? 30;
  const sessions = createSessions({ idleMs: timeoutMinutes * MINUTE_MS, loginMs: options.loginMs ?? 20, now });
  const state: SandboxState = { companies: seedCompanies(now()), sessions, commits: createCommitLog(now), now };
  const faults = createFaults({
    operationOf: (request) => readOperation(decodePath(request.path) ?? ''),
    partsOf: (request) => (request.path.endsWith('/$batch') ? listParts(request.path, readBatch(request)) : []),
    expireSession: (request) => sessions.end(request.headers.cookie),
    answerStatus,
  });

  const handle = (request: VendorRequest, response: ServerResponse): void | Promise<void> => {
    const path = decodePath(request.path);
    const [, version, call] = /^\/b1s\/(v[12])(?:\/(.*))?$/s.exec(path ?? '') ?? [];
    if (version === 'v1' || version === 'v2') {
      if (request.method === 'POST' && call === 'Login')
        return login(state, version, timeoutMinutes, request, response);
      if (request.method === 'POST' && call === 'Logout') return logout(state, version, request, response);
      return serve(state, faults, version, call ?? '', request, response);
    }
    if (request.method === 'GET' && path?.startsWith('/ping/') === true)
      return answerJson(response, 200, { message: 'pong', sender: 'node1', timestamp: String(now() / 1000) });
    writeReply(response, replyWithPage(404));
  };

  const reset = (): void => {
    state.companies.clear();
    for (const [name, company] of seedCompanies(now())) state.companies.set(name, company);
    sessions.endAll();
    faults.clear();
    faults.requests.clear();
    state.commits.clear();
  };
  const control = createControl({ state, faults, reset });
  return {
    name: NAME,
    serve: serveVendorApi({ name: NAME, bodyLimitBytes: BODY_LIMIT_BYTES, faults, handle }),
    control,
    faults,
    reset,
    close: async () => {
      faults.close();
    },
  };
}

function seedCompanies(nowMs: number): Map<string, CompanyData> {
  return new Map([
    [DEMO_COMPANY, seedDemoCompany(nowMs)],
    [SECOND_COMPANY, seedSecondCompany(nowMs)],
  ]);
}

async function login(
  state: SandboxState,
  version: Version,
  timeoutMinutes: number,
  request: VendorRequest,
  response: ServerResponse,
): Promise<void> {
  try {
    const credentials = readJson(request) as { CompanyDB?: unknown; UserName?: unknown; Password?: unknown } | null;
    const session = await state.sessions.login(
      state.companies.get(String(credentials?.CompanyDB ?? '')),
      credentials?.UserName,
      credentials?.Password,
    );
    // Without Path and with a dangling semicolon, as the server sends it.
    response.setHeader('Set-Cookie', [`B1SESSION=${session.id};HttpOnly;`, 'ROUTEID=.node1; path=/b1s']);
    const body = { SessionId: session.id, Version: '1000340', SessionTimeout: timeoutMinutes };
    answerJson(response, 200, writeEntity(version, serviceRoot(version, request), 'B1Sessions', body, null));
  } catch (error) {
    writeError(version, response, error);
  }
}

function logout(state: SandboxState, version: Version, request: VendorRequest, response: ServerResponse): void {
  answering(version, response, () => {
    state.sessions.require(request.headers.cookie);
    state.sessions.end(request.headers.cookie);
    response.writeHead(204).end();
  });
}

function serve(
  state: SandboxState,
  faults: Faults,
  version: Version,
  path: string,
  request: VendorRequest,
  response: ServerResponse,
): void {
  answering(version, response, () => {
    // The balancer in front chokes on it: an empty 500.
    if (request.headers.expect !== undefined) return void response.writeHead(500).end();
    const { company } = state.sessions.require(request.headers.cookie);
    const service = serviceRoot(version, request);
    const scope: CallScope = { company, version, service, commits: [], now: () => state.now() };
    try {
      const { method, query } = request;
      const headers = request.headers as Record<string, string | undefined>;
      const reply =
        path === '$batch'
          ? answerBatch(scope, readBatch(request), faults.struckPart(request), () => state.sessions.end(headers.cookie))
          : handleCall(scope, { method, path, query, headers, body: readJson(request) });
      if (version === 'v2') response.setHeader('OData-Version', '4.0');
      writeReply(response, reply);
    } finally {
      // Also of a call that is answered by a refusal: it may have stored a draft, or have been there before.
      for (const commit of scope.commits) state.commits.append(commit);
    }
  });
}

function writeReply(response: ServerResponse, { status, headers, body }: SapReply): void {
  if (body === null) response.writeHead(status, headers).end();
  else if (typeof body === 'string') answerText(response, status, 'text/plain', body, headers);
  else answerJson(response, status, body, headers);
}

function answering(version: Version, response: ServerResponse, action: () => void): void {
  try {
    action();
  } catch (error) {
    writeError(version, response, error);
  }
}

function writeError(version: Version, response: ServerResponse, error: unknown): void {
  if (!(error instanceof SapFault)) throw error;
  answerJson(response, error.status, writeFault(version, error));
}

function serviceRoot(version: Version, request: VendorRequest): string {
  return `http://${request.headers.host ?? 'localhost'}/${NAME}/b1s/${version}`;
}

function readBatch({ headers, body }: VendorRequest): BatchRequest {
  return { contentType: headers['content-type'] ?? '', text: body };
}

/** @throws SapFault -1000 when the body is no JSON */
function readJson(request: VendorRequest): unknown {
  if (request.body.trim() === '') return null;
  try {
    return JSON.parse(request.body);
  } catch {
    throw new SapFault(400, -1000, 'Bad request body: not JSON');
  }
}

/** Null when it is not encoded as a path should be. */
function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

function answerStatus(status: number, request: VendorRequest, response: ServerResponse, said?: string): void {
  writeReply(response, replyWithStatus(readVersion(request.path), status, said));
}
