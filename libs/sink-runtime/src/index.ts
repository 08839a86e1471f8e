export { type RunSinkOptions, runSink, sinkService } from './run-sink.ts';
export { type Sink, type SinkOptions, startSink } from './service/sink.ts';
