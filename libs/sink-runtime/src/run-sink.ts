import { hostname } from 'node:os';
import { defineProcess, type ProcessService } from '@entrepot/runtime-kit';
import type { OpenClients } from '@entrepot/runtime-kit/clients';
import { runService } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import { SINK_CONFIG } from './service/config.ts';
import { startSink } from './service/sink.ts';

export interface RunSinkOptions {
  /** Port of the operations endpoints unless ENTREPOT_PORT is set. */
  readonly defaultPort: number;
  /** Of the process, where it runs other sides, too; left out: the sink's own. */
  readonly clients?: OpenClients;
}

/** Leaves the rest of the shutdown timeout to lanes, publisher and connections. */
const STOP_DEADLINE_MS = 8_000;

/** Runs a vendor's sink as a process: delivers, serves `/livez`, `/readyz`, `/metrics`, stops in order. */
export function runSink(vendor: Vendor, options: RunSinkOptions): Promise<void> {
  return runService(sinkService(vendor, options));
}

/** The sink of a vendor as a service, for a process of its own or one with others. */
export function sinkService(
  vendor: Vendor,
  { defaultPort, clients }: RunSinkOptions,
): ProcessService<typeof SINK_CONFIG> {
  const name = `sink-${vendor.name}`;
  return defineProcess({
    name,
    defaultPort,
    vendors: [vendor],
    config: SINK_CONFIG,
    database: 'required',
    start: ({ config, log, metrics, operations, store, broker, codec, tracer }) =>
      startSink({
        vendor,
        store,
        broker,
        codec,
        log,
        metrics,
        tracer,
        ...(clients === undefined ? {} : { clients }),
        owner: config.ENTREPOT_INSTANCE ?? `${name}@${hostname()}:${operations.port}`,
        times: leaseTimes(config.ENTREPOT_LANE_LEASE_MS),
        consumers: config.ENTREPOT_SINK_CONSUMERS,
        stopDeadlineMs: STOP_DEADLINE_MS,
      }),
  });
}

/** A lease is renewed four times in its life, and half of it must be left to send. */
function leaseTimes(leaseMs: number) {
  return { leaseMs, renewEveryMs: Math.floor(leaseMs / 4), leaseReserveMs: Math.floor(leaseMs / 2) };
}
