/** Loaded into a service (`--import`): what it has compiled is kept, although it will be killed and never ends in order. */
import { flushCompileCache } from 'node:module';

const LOADED_AFTER_MS = 5_000;

setTimeout(flushCompileCache, LOADED_AFTER_MS).unref();
