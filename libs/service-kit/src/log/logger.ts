import { type DestinationStream, pino } from 'pino';
import { type Masker, maskFacts, NAMES_ONLY } from '../masking/index.ts';
import { formatLogLine } from './text-log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * Fields of a log line. Standard names, so that the lines of all services about one event can be found together: `eventId`, `traceparent`,
 * `deliveryId`, `connection`; `err` for an error.
 */
export type LogFacts = object;

/** Structured log. Secrets are always masked (see `masking`), personal data everywhere but at debug. */
export interface Logger {
  debug(facts: LogFacts, message: string): void;
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
  /** A logger that adds `facts` to each line, e.g. `log.child({ eventId, traceparent })`. */
  child(facts: LogFacts): Logger;
}

export interface LoggerOptions {
  /** Name of the process, on each line. */
  readonly service: string;
  readonly level: LogLevel;
  /** `json`: one object a line, for machines (default) · `text`: for people at a terminal. */
  readonly format?: 'json' | 'text';
  /** Destination of the lines; standard output by default. */
  readonly destination?: DestinationStream;
  /** Masks the secrets of the process; by default it knows names and forms only. */
  readonly masker?: Masker;
}

export function createLogger({
  service,
  level,
  format = 'json',
  destination,
  masker = NAMES_ONLY,
}: LoggerOptions): Logger {
  const sink = destination ?? process.stdout;
  const stream = format === 'json' ? sink : { write: (line: string) => sink.write(formatLogLine(line)) };
  const target = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      // Errors are plain objects at this point; pino's own serializer would misread them.
      serializers: { err: (error: unknown) => error },
    },
    stream,
  );
  return wrap(target, masker);
}

/** A logger that drops everything, for tests and for library code run without a service. */
export function createSilentLogger(): Logger {
  const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  return silent;
}

function wrap(target: pino.Logger, masker: Masker): Logger {
  const write = (level: LogLevel, facts: LogFacts, message: string): void => {
    // Masking walks the facts: it is skipped for lines below the level.
    if (!target.isLevelEnabled(level)) return;
    target[level](maskFacts(facts, level === 'debug', masker), masker.mask(message));
  };
  return {
    debug: (facts, message) => write('debug', facts, message),
    info: (facts, message) => write('info', facts, message),
    warn: (facts, message) => write('warn', facts, message),
    error: (facts, message) => write('error', facts, message),
    // Bound facts appear on lines of every level, so personal data is never allowed in them.
    child: (facts) => wrap(target.child(maskFacts(facts, false, masker)), masker),
  };
}
