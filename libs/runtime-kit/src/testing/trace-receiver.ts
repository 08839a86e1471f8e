import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP over HTTP encodes it; only the fields that tests read. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

interface OtlpValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes'> & { attributes: OtlpValue[] })[];
    }[];
  }[];
}

/** Receives traces as a collector would, and keeps them. */
export async function startTraceReceiver() {
  const spans: ReceivedSpan[] = [];
  const requests: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] =
    [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      for (const { resource, scopeSpans } of (JSON.parse(body) as OtlpRequest).resourceSpans) {
        const service = readValues(resource.attributes)['service.name'] ?? '';
        for (const { spans: told } of scopeSpans)
          for (const span of told) spans.push({ ...span, service, attributes: readValues(span.attributes) });
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function readValues(values: readonly OtlpValue[]): Record<string, string> {
  return Object.fromEntries(values.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
