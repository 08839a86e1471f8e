export { type RunSinkOptions, runSink } from './run-sink.ts';
export { type Sink, type SinkOptions, startSink } from './service/sink.ts';
