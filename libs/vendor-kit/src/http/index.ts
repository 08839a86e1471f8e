export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
} from './client.ts';
export { type Answer, holdsJson, type JsonQuestion, showBody } from './exchange.ts';
