import { ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Tracer } from './tracing.ts';

const MAX_CLOSE_MS = 2_000;

const closeDeadline = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, MAX_CLOSE_MS).unref());

/** A tracer on OpenTelemetry. Records and calls carry the parent as text, so it needs no context that follows promises. */
export function createOtelTracer(service: string, endpoint: string, headers: string | null): Tracer {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    ...(headers === null ? {} : { headers: parseHeaders(headers) }),
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'entrepot' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('entrepot');
  return {
    async span(name, parent, facts, work) {
      const span = tracer.startSpan(name, { attributes: { ...facts } }, contextOf(parent));
      try {
        return await work(formatParent(span));
      } catch (error) {
        // Only the name: a message may quote a record.
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
        throw error;
      } finally {
        span.end();
      }
    },
    // A collector that is away must not keep a process from stopping, nor from closing what comes after.
    close: () => Promise.race([provider.shutdown().catch(() => {}), closeDeadline()]),
  };
}

function contextOf(parent: string | null) {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

function formatParent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/**
 * The variable's format: `name=value`, percent-encoded, separated by commas.
 * @throws Error when a part is not percent-encoded; it quotes none, since they are secret
 */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair, index) => pair.split(/=(.*)/s, 2).map((part) => decode(part, index + 1)));
  return Object.fromEntries(pairs.filter(([name, value]) => name && value !== undefined));
}

function decode(part: string, position: number): string {
  try {
    return decodeURIComponent(part.trim());
  } catch {
    throw new Error(
      `OTEL_EXPORTER_OTLP_HEADERS: header ${position} is not percent-encoded. Write a percent sign in a name or value as %25.`,
    );
  }
}
