export * from './answers.ts';
export * from './commit-log.ts';
export * from './control.ts';
export * from './fault.ts';
export * from './faults.ts';
export * from './request-log.ts';
export * from './sandbox.ts';
export * from './vendor-api.ts';
