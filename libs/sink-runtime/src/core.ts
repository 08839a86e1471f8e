/** The core without its adapters: router, lanes and deliveries. A simulation supplies its own ports. */
export { handleLaneRecord, type LaneRecordParts } from './delivery/deliver.ts';
export { reportBug, settleConflated } from './delivery/without-attempt.ts';
export { Outages } from './lane/holds.ts';
export { LaneReporter } from './lane/lane-reports.ts';
export { LaneKeys, Lanes, latestWinsKey } from './lane/lanes.ts';
export { LANE_TIMES } from './lane/owner.ts';
export * from './ports.ts';
export { FirstAttempts, type RouterParts, reportUnroutable, routeRecord, routerKey } from './router/route.ts';
export { adaptPublisher, adaptReports } from './service/adapters.ts';
