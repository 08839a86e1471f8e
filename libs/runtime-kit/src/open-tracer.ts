import type { ConfigFields, Logger } from '@entrepot/service-kit';
import { NO_TRACES, type Tracer } from './tracing.ts';

/** OpenTelemetry's own variables; those of its SDK that are not listed here (sampler, limits, timeouts) work as well. */
export const TRACING_CONFIG = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    description: 'where traces are sent, by OTLP over HTTP, e.g. http://127.0.0.1:4318; no traces unless it is set',
    type: 'url',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    description: 'headers of what is sent there, e.g. a key: name=value, with commas between',
    type: 'string',
    secret: true,
  },
} as const satisfies ConfigFields;

interface TracerOptions {
  readonly service: string;
  readonly endpoint: string | null;
  readonly headers: string | null;
  readonly log: Logger;
}

/** Opens a tracer as the environment configures it. Loads the SDK only when traces are wanted: it is larger than a small service. */
export async function openTracer({ service, endpoint, headers, log }: TracerOptions): Promise<Tracer> {
  if (endpoint === null) return NO_TRACES;
  const { createOtelTracer } = await import('./otel-tracer.ts');
  log.info({ endpoint }, 'traces are sent');
  return createOtelTracer(service, endpoint, headers);
}
