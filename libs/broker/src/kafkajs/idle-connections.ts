import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/*
 * kafkajs 2.2.4 looks for waiting requests after each answer, and then again every millisecond for as long as the connection lives, whether any wait or not
 * (its issue 1704; it gets no releases any more). A service with five connections woke up a thousand times a second for nothing. A request that has
 * to wait plans the look itself, so without one there is nothing to plan.
 */
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleIfAnyWaits(this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
};
