/** Loaded into a service (`--import`): keeps the compiled code of a process that is killed and never ends in order. */
import { flushCompileCache } from 'node:module';

const LOADED_AFTER_MS = 5_000;

setTimeout(flushCompileCache, LOADED_AFTER_MS).unref();
