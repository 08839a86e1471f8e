export * from './config.ts';
export * from './health.ts';
export { type HttpServer, type ListenAddress, ListenError, serveHttp } from './http-server.ts';
export type { HostRefusal } from './known-hosts.ts';
export * from './log/logger.ts';
export * from './metrics/index.ts';
export * from './operations.ts';
export { type Problem, sendProblem } from './problem.ts';
export * from './service.ts';
