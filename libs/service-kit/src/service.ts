import { ConfigError, type ConfigFields, type ConfigOf, declareConfig, type Environment } from './config.ts';
import { createHealth, type Health } from './health.ts';
import type { ListenAddress } from './http-server.ts';
import { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './log/logger.ts';
import { createMasker } from './masking/index.ts';
import { createMetrics, type Metrics } from './metrics/index.ts';
import { type OperationsServer, serveOperations } from './operations.ts';

/** Variables every service reads. */
export const SERVICE_CONFIG = {
  ENTREPOT_HOST: {
    description: 'address to listen on; 0.0.0.0 only behind a proxy or firewall',
    type: 'string',
    default: '127.0.0.1',
  },
  ENTREPOT_PORT: {
    description: 'port of the HTTP endpoints; the service has a default of its own',
    type: 'integer',
    min: 0,
    max: 65_535,
  },
  ENTREPOT_ALLOWED_HOSTS: {
    description:
      'further host names under which the operations endpoints and the API are asked, e.g. behind a proxy; on loopback, or with this set, others are refused',
    type: 'list',
    default: [],
  },
  ENTREPOT_LOG_LEVEL: { description: 'least level logged', type: 'string', default: 'info', oneOf: LOG_LEVELS },
  ENTREPOT_LOG_FORMAT: {
    description: 'json for machines, text for people; json in production or when not on a terminal',
    type: 'string',
    oneOf: ['json', 'text'],
  },
  ENTREPOT_SHUTDOWN_TIMEOUT_MS: {
    description: 'how long work under way may take to end after SIGTERM',
    type: 'integer',
    default: 25_000,
    min: 0,
  },
} as const satisfies ConfigFields;

/** Variables of a service with public routes: its operations endpoints are served elsewhere. */
export const OPERATIONS_CONFIG = {
  ENTREPOT_OPERATIONS_HOST: {
    description:
      'address of the operations endpoints (/livez, /readyz, /metrics), apart from ENTREPOT_HOST, which strangers may reach',
    type: 'string',
    default: '127.0.0.1',
  },
  ENTREPOT_OPERATIONS_PORT: {
    description: 'port of the operations endpoints; the service has a default of its own',
    type: 'integer',
    min: 0,
    max: 65_535,
  },
} as const satisfies ConfigFields;

export interface ServiceContext<Fields extends ConfigFields> {
  readonly config: ConfigOf<Fields>;
  readonly log: Logger;
  /** Registers a secret for masking that is not in a variable declared secret, e.g. one read from a file. */
  learnSecret(value: string): void;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Already listening, so that `/livez` answers during start; `mount` adds the service's own routes to it. */
  readonly operations: OperationsServer;
  /** ENTREPOT_HOST and ENTREPOT_PORT: for the service's own routes, when the operations endpoints have a port of their own. */
  readonly address: ListenAddress;
  /** Aborts when the process is asked to stop, even during start. */
  readonly signal: AbortSignal;
  /** Ends the process in order, exit code 1, e.g. after an unrecoverable error. */
  fail(error: unknown): void;
}

export interface RunningService {
  /** Ends work in flight and closes everything; called once. */
  stop(): Promise<void>;
}

export interface ServiceDefinition<Fields extends ConfigFields> {
  readonly name: string;
  /** Used when ENTREPOT_PORT is not set. */
  readonly defaultPort: number;
  /**
   * For a service with public routes: its operations endpoints have a port of their own, this one unless ENTREPOT_OPERATIONS_PORT is set,
   * and `start` serves its own routes itself, on `address`.
   */
  readonly defaultOperationsPort?: number;
  /** The service's own variables, beside {@link SERVICE_CONFIG}. */
  readonly config: Fields;
  start(context: ServiceContext<Fields>): Promise<RunningService>;
}

/** A service of this process, listening and starting or started. */
export interface OpenedService {
  readonly log: Logger;
  readonly health: Health;
  /** Resolves when the service has started; rejects with the error that prevented it. */
  readonly started: Promise<void>;
  /** Timeout of {@link stop}, milliseconds. */
  readonly stopTimeoutMs: number;
  /** Ends work in flight and closes everything, also during a start. Call it once. */
  stop(reason: string): Promise<void>;
}

/**
 * Opens a service in this process: reads the configuration, serves operations, starts. It changes no state of the process itself, so
 * several services run side by side.
 * @param onFailure called when the running service cannot go on
 * @throws ConfigError with all faults of the configuration
 */
export function openService<const Fields extends ConfigFields>(
  definition: ServiceDefinition<Fields>,
  env: Environment,
  onFailure: () => void,
): OpenedService {
  const { operations: operationsAddress, common, config } = readSettings(definition, env);
  const masker = createMasker(listSecrets(definition.config, env));
  const log = createLogger({
    service: definition.name,
    level: common.ENTREPOT_LOG_LEVEL as LogLevel,
    format: pickLogFormat(common.ENTREPOT_LOG_FORMAT, env),
    masker,
  });
  const metrics = createMetrics({ service: definition.name });
  const health = createHealth();
  health.setPhase('starting');
  const abort = new AbortController();
  let running: RunningService | null = null;
  let operations: OperationsServer | null = null;

  const start = async (): Promise<void> => {
    const address = { host: common.ENTREPOT_HOST, port: common.ENTREPOT_PORT ?? definition.defaultPort };
    operations = await serveOperations({
      ...(operationsAddress ?? address),
      allowedHosts: common.ENTREPOT_ALLOWED_HOSTS,
      health,
      metrics,
    });
    running = await definition.start({
      config,
      log,
      learnSecret: masker.learn,
      metrics,
      health,
      operations,
      address,
      signal: abort.signal,
      fail: (error) => {
        log.error({ err: error }, 'cannot go on');
        onFailure();
      },
    });
    if (abort.signal.aborted) return;
    health.setPhase(null);
    log.info({ port: operations.port }, 'started');
  };
  const started = start();
  return {
    log,
    health,
    started,
    stopTimeoutMs: common.ENTREPOT_SHUTDOWN_TIMEOUT_MS,
    stop: async (reason) => {
      health.setPhase('stopping');
      log.info({ reason }, 'stopping');
      abort.abort(new Error(`stopping: ${reason}`));
      // The caller of start reports its failure.
      await started.catch(() => {});
      await running?.stop();
      await operations?.close();
      log.info({}, 'stopped');
    },
  };
}

/**
 * Runs a service as a process until SIGTERM or SIGINT: reads the configuration (all faults in one message, exit code 2), serves operations,
 * starts, and stops within the shutdown timeout. A second signal, an unhandled rejection or exception, or a timeout ends the process with
 * code 1. Resolves when the service has started, or its failure to start is logged.
 */
export async function runService<const Fields extends ConfigFields>(
  definition: ServiceDefinition<Fields>,
  env: Environment = process.env,
): Promise<void> {
  const service = openOrExit(definition, env, () => void stop('failure', 1));
  if (service === null) return;
  const { log, stopTimeoutMs } = service;
  let stopping = false;

  async function stop(reason: string, exitCode: number): Promise<void> {
    if (stopping || service === null) return;
    stopping = true;
    const deadline = setTimeout(() => {
      log.error({ timeoutMs: stopTimeoutMs }, 'stop took too long: ending at once');
      process.exit(1);
    }, stopTimeoutMs);
    deadline.unref();
    try {
      await service.stop(reason);
    } catch (error) {
      log.error({ err: error }, 'stop failed');
      process.exit(1);
    }
    process.exit(exitCode);
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (stopping) {
      log.warn({ signal }, 'second signal: ending at once');
      process.exit(1);
    }
    void stop(signal, 0);
  }

  function onBug(error: unknown, origin: string): void {
    // State may be inconsistent after an unhandled error: going on could do harm, a restart cannot.
    log.error({ err: error, origin }, 'unhandled error: ending');
    process.exit(1);
  }

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (error) => onBug(error, 'promise'));
  process.on('uncaughtException', (error) => onBug(error, 'exception'));

  try {
    await service.started;
  } catch (error) {
    if (stopping) return;
    log.error({ err: error }, `start failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

function openOrExit<const Fields extends ConfigFields>(
  definition: ServiceDefinition<Fields>,
  env: Environment,
  onFailure: () => void,
): OpenedService | null {
  try {
    return openService(definition, env, onFailure);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${definition.name}: ${error.message}\n`);
    process.exit(2);
    return null;
  }
}

/** @throws ConfigError with the faults of all variables in one message */
function readSettings<Fields extends ConfigFields>(definition: ServiceDefinition<Fields>, env: Environment) {
  const ownPort = definition.defaultOperationsPort;
  // One reading of all, so that one message holds every fault.
  declareConfig({
    ...SERVICE_CONFIG,
    ...(ownPort === undefined ? {} : OPERATIONS_CONFIG),
    ...definition.config,
  }).readConfig(env);
  return {
    operations: ownPort === undefined ? null : readOperationsAddress(env, ownPort),
    common: declareConfig(SERVICE_CONFIG).readConfig(env),
    config: declareConfig(definition.config).readConfig(env),
  };
}

/** Values of the variables that are declared secret. */
function listSecrets(fields: ConfigFields, env: Environment): string[] {
  return Object.entries(fields).flatMap(([variable, field]) =>
    field.secret === true ? (env[variable]?.trim() ?? []) : [],
  );
}

function readOperationsAddress(env: Environment, usualPort: number): ListenAddress {
  const config = declareConfig(OPERATIONS_CONFIG).readConfig(env);
  return { host: config.ENTREPOT_OPERATIONS_HOST, port: config.ENTREPOT_OPERATIONS_PORT ?? usualPort };
}

function pickLogFormat(configured: string | null, env: Environment): 'json' | 'text' {
  if (configured === 'json' || configured === 'text') return configured;
  return env.NODE_ENV === 'production' || !process.stdout.isTTY ? 'json' : 'text';
}
