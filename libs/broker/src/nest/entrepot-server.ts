import { Catch, type ExceptionFilter } from '@nestjs/common';
import { BaseRpcContext, type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';
import type { Consumption } from '../consumption.ts';
import type { BrokerRecord } from '../record.ts';
import type { EntrepotServerOptions } from './contract.ts';

/** Marks handlers of this transport: `@EventPattern(topic, ENTREPOT_TRANSPORT)`; needed only beside another transport. */
export const ENTREPOT_TRANSPORT = Symbol('entrepot');

const DEFAULT_CLOSE_DEADLINE_MS = 10_000;

export type ServerStatus = 'starting' | 'consuming' | 'rebalancing' | 'crashed' | 'closed';
type ServerEvents = Record<string, () => void>;

/**
 * Nest transport on the dispatcher. Patterns are topics; each belongs to one consumer group, named by `@EventPattern(topic, { group })`.
 * A handler's promise or observable ending means the record is finished; what it throws goes to the group's `onBug`.
 */
export class EntrepotServer extends Server<ServerEvents, ServerStatus> implements CustomTransportStrategy {
  override readonly transportId = ENTREPOT_TRANSPORT;
  /** The error reaches `onBug`, so Nest has nothing to log. */
  override readonly propagatesEventHandlerErrors: boolean = true;
  private readonly options: EntrepotServerOptions;
  private readonly consumptions = new Map<string, Consumption>();
  private watch: NodeJS.Timeout | null = null;

  constructor(options: EntrepotServerOptions) {
    super();
    this.options = options;
  }

  /** Subscribes to exactly the declared patterns; answers an error, and starts nothing, when they are not sound. */
  listen(callback: (error?: unknown) => void): void {
    try {
      const topics = this.assignTopics();
      this._status$.next('starting');
      for (const [group, names] of topics) this.consume(group, names);
    } catch (error) {
      callback(error);
      return;
    }
    this.watch = setInterval(() => this.reportStatus(), 250).unref();
    // Joining waits for Kafka, for ever if need be: readiness reports it, the start does not depend on it.
    void Promise.all([...this.consumptions.values()].map(({ ready }) => ready)).then(() => this.reportStatus());
    callback();
  }

  /** Stops fetching, waits for running handlers until the deadline, commits, leaves the groups. */
  async close(): Promise<void> {
    if (this.watch !== null) clearInterval(this.watch);
    const deadlineMs = this.options.closeDeadlineMs ?? DEFAULT_CLOSE_DEADLINE_MS;
    await Promise.all([...this.consumptions.values()].map((consumption) => consumption.stop({ deadlineMs })));
    this._status$.next('closed');
  }

  /** The consumption of a group, to pause and resume partitions. */
  consumption(group: string): Consumption {
    const consumption = this.consumptions.get(group);
    if (consumption === undefined)
      throw new Error(`group ${group} is not consuming: listen() first, with a handler for it`);
    return consumption;
  }

  override on(): never {
    throw new Error('this transport has no events of its own: use `status`, and the callbacks of the group options');
  }

  override unwrap<T>(): T {
    return this.consumptions as T;
  }

  private assignTopics(): Map<string, string[]> {
    const groups = Object.keys(this.options.groups);
    const topics = new Map<string, string[]>();
    for (const [pattern, handler] of this.messageHandlers) {
      if (handler.isEventHandler !== true)
        throw new Error(`topic ${pattern}: @MessagePattern has nobody to answer to here, use @EventPattern`);
      if (handler.next !== undefined)
        throw new Error(`topic ${pattern} has several handlers: which one finishes the record would be undefined`);
      const group = nameGroup(pattern, handler, groups);
      topics.set(group, [...(topics.get(group) ?? []), pattern]);
    }
    if (topics.size === 0) throw new Error('no @EventPattern handler is declared: the service would consume nothing');
    const idle = groups.filter((group) => !topics.has(group));
    if (idle.length > 0) throw new Error(`group ${idle.join(', ')} has no @EventPattern handler`);
    return topics;
  }

  private consume(group: string, topics: readonly string[]): void {
    const options = this.options.groups[group];
    if (options === undefined) return;
    const handlers = new Map(topics.map((topic) => [topic, this.messageHandlers.get(topic) as MessageHandler]));
    const consumption = this.options.broker.consume({
      ...options,
      topics,
      handler: (record, signal) => this.handle(handlers.get(record.topic) as MessageHandler, record, signal),
    });
    this.consumptions.set(group, consumption);
  }

  private async handle(handler: MessageHandler, record: BrokerRecord, signal: AbortSignal): Promise<void> {
    const context = new RecordContext([record, signal]);
    const end = this.createProcessingEndHookRunner(context);
    await this.onProcessingStartHook(this.transportId, context, async () => {
      try {
        const result: unknown = await handler(record, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      } catch (error) {
        throw describeMasked(error);
      } finally {
        end();
      }
    });
  }

  private reportStatus(): void {
    const statuses = [...this.consumptions.values()].map((consumption) => consumption.state().status);
    const worst =
      (['crashed', 'joining', 'rebalancing'] as const).find((status) => statuses.includes(status)) ?? 'consuming';
    this._status$.next(worst === 'joining' ? 'starting' : worst);
  }
}

function nameGroup(pattern: string, { extras }: MessageHandler, groups: readonly string[]): string {
  const named: unknown = extras?.group;
  if (named === undefined && groups.length === 1) return groups[0] as string;
  if (typeof named === 'string' && groups.includes(named)) return named;
  throw new Error(
    named === undefined
      ? `topic ${pattern} names no group: write @EventPattern('${pattern}', { group }), one of ${groups.join(', ')}`
      : `topic ${pattern} names the group ${String(named)}, which is not configured (${groups.join(', ')})`,
  );
}

/** What Nest makes of an error that is not an RpcException, unless `PassErrorsFilter` is installed; it has logged the original. */
function describeMasked(error: unknown): unknown {
  if (error instanceof Error) return error;
  const message = (error as { message?: unknown } | null)?.message;
  return new Error(
    `the handler failed: ${typeof message === 'string' ? message : 'no reason given'} (install PassErrorsFilter to see its own error)`,
    {
      cause: error,
    },
  );
}

/** What a handler gets with `@Ctx()`. */
export class RecordContext extends BaseRpcContext<[BrokerRecord, AbortSignal]> {
  get record(): BrokerRecord {
    return this.args[0];
  }

  /** Aborts when the partition is lost or the service stops: reject then, the record is read again by the next owner. */
  get signal(): AbortSignal {
    return this.args[1];
  }
}

/**
 * Hands a handler's own error on to the transport. Without it Nest replaces every error that is not an RpcException by "Internal server
 * error", and the report of a bug would not say which.
 */
export class PassErrorsFilter implements ExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
// As a call: this file is also run by Node's type stripping, which knows no decorators.
Catch()(PassErrorsFilter);
