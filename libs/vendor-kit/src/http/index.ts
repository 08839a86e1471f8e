export { certificates } from './certificates.ts';
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpMethod,
  type HttpRequest,
} from './client.ts';
export { type Answer, type HttpResponse, holdsJson, type JsonQuestion } from './failures.ts';
