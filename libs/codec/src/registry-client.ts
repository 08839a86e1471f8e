import { request } from 'undici';
import { IncompatibleSchema, RegistryRefused, RegistryUnavailable, WrongType } from './errors.ts';

/** The calls of Confluent's registry API that are needed. All throw RegistryUnavailable when it does not answer. */
export interface RegistryClient {
  /** Registers a schema, or finds it registered already. Gives its id. Throws IncompatibleSchema when it breaks readers. */
  registerSchema(subject: string, schema: object): Promise<number>;
  /** Looks a schema up by id; null when the registry has none. Throws WrongType for one that is no Avro record. */
  fetchSchema(schemaId: number): Promise<object | null>;
  /** Sets the compatibility of one subject, or of all. */
  setCompatibility(level: 'FULL_TRANSITIVE', subject?: string): Promise<void>;
  readCompatibility(subject?: string): Promise<string | null>;
  listVersions(subject: string): Promise<number[]>;
}

const CONFLICT_TRIES = 3;
const CONFLICT_PAUSE_MS = 100;
/** Confluent's code for an id without schema: a bare 404 comes from a wrong address, and would condemn every record. */
const SCHEMA_NOT_FOUND = 40403;

export interface RegistryClientOptions {
  /** For example http://127.0.0.1:29081/apis/ccompat/v7. */
  readonly baseUrl: string;
  readonly timeoutMs?: number;
  /** Sent as they are, for registries that want a sign-in. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) =>
    callRegistry(options, method, path, body);
  const subjectPath = (subject: string) => `/subjects/${encodeURIComponent(subject)}/versions`;
  /**
   * Services of a machine start together, and the registry answers 409 to the second of two that create the same thing at the same time, as it does
   * to what it refuses for good: only the latter is still refused a moment later.
   */
  const callAmongOthers = async (method: 'POST' | 'PUT', path: string, body: object): Promise<Answer> => {
    for (let refusals = 1; ; refusals += 1) {
      const answer = await call(method, path, body);
      if (answer.status !== 409 || refusals === CONFLICT_TRIES) return answer;
      await new Promise((resolve) => setTimeout(resolve, CONFLICT_PAUSE_MS * refusals));
    }
  };
  const configPath = (subject?: string) => (subject ? `/config/${encodeURIComponent(subject)}` : '/config');
  return {
    async registerSchema(subject, schema) {
      const answer = await callAmongOthers('POST', subjectPath(subject), {
        schemaType: 'AVRO',
        schema: JSON.stringify(schema),
      });
      if (answer.status === 409)
        throw new IncompatibleSchema(
          `The registry refuses the schema of ${subject}: ${readMessage(answer)} Readers of older or newer records could not read it: only add fields with defaults.`,
        );
      const id = (expectOk(answer, `register the schema of ${subject}`) as { id?: unknown }).id;
      if (!Number.isInteger(id))
        throw new RegistryRefused(`The registry registered the schema of ${subject} without giving its id.`);
      return id as number;
    },
    async fetchSchema(schemaId) {
      const answer = await call('GET', `/schemas/ids/${schemaId}`);
      if (answer.status === 404 && readErrorCode(answer) === SCHEMA_NOT_FOUND) return null;
      const found = expectOk(answer, `give schema ${schemaId}`) as { schema?: unknown; schemaType?: unknown };
      const schema = typeof found.schema === 'string' ? parseBody(found.schema) : null;
      // Protobuf and JSON schemas may live in the same registry; left out, the type is Avro.
      if ((found.schemaType ?? 'AVRO') !== 'AVRO' || typeof schema !== 'object' || schema === null)
        throw new WrongType(`Schema ${schemaId} is no Avro record: nothing here was written with it.`);
      return schema;
    },
    async setCompatibility(level, subject) {
      expectOk(
        await callAmongOthers('PUT', configPath(subject), { compatibility: level }),
        `set the compatibility of ${subject ?? 'all subjects'}`,
      );
    },
    async readCompatibility(subject) {
      const answer = await call('GET', configPath(subject));
      if (answer.status === 404) return null;
      return (expectOk(answer, 'give its compatibility') as { compatibilityLevel?: string }).compatibilityLevel ?? null;
    },
    async listVersions(subject) {
      const answer = await call('GET', subjectPath(subject));
      return answer.status === 404 ? [] : (expectOk(answer, `list the versions of ${subject}`) as number[]);
    },
  };
}

async function callRegistry(
  options: RegistryClientOptions,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<Answer> {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const url = `${options.baseUrl.replace(/\/$/, '')}${path}`;
  let status: number;
  let text: string;
  try {
    const response = await request(url, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...options.headers },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.statusCode;
    text = await response.body.text();
  } catch (error) {
    throw new RegistryUnavailable(
      `The schema registry does not answer at ${options.baseUrl} (${(error as Error).message}). It is asked again.`,
      { cause: error },
    );
  }
  if (status >= 500 || status === 408 || status === 429)
    throw new RegistryUnavailable(`The schema registry at ${options.baseUrl} answers ${status}. It is asked again.`);
  return { status, body: parseBody(text) };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function expectOk(answer: Answer, intent: string): unknown {
  if (answer.status >= 200 && answer.status < 300 && answer.body !== null) return answer.body;
  throw new RegistryRefused(
    `The schema registry would not ${intent}: it answered ${answer.status}. ${readMessage(answer)} Check its address and settings.`,
  );
}

function readErrorCode(answer: Answer): unknown {
  return (answer.body as { error_code?: unknown } | null)?.error_code;
}

function readMessage(answer: Answer): string {
  const message = (answer.body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? `${message.slice(0, 500)}.`.replace(/\.\.$/, '.') : '';
}
