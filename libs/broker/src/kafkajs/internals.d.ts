/** What `idle-connections.ts` needs to know of a file of kafkajs 2.2.4 that has no types. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    /** Requests that wait because the broker throttles us or too many are under way. */
    readonly pending: readonly unknown[];
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}
