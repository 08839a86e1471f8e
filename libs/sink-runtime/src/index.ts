export { type RunSinkOptions, runSink } from './run-sink.ts';
export { laneGroupId, routerGroupId } from './service/controllers.ts';
export { type Sink, type SinkOptions, startSink } from './service/sink.ts';
