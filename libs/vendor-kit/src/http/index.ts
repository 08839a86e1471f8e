export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
} from './client.ts';
export { showBody } from './evidence.ts';
export { type Answer, holdsJson, type JsonQuestion } from './json.ts';
