export * from './confirmation.ts';
export * from './delivery.ts';
export * from './lane-report.ts';
export * from './transitions.ts';
