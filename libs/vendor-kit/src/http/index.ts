export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
} from './client.ts';
export { maskBody, maskText, maskUrl } from './masking.ts';
