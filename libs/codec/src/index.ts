export {
  type Codec,
  type CodecOptions,
  createCodec,
  type DecodedRecord,
  fingerprintSchema,
  frameRecord,
  unframeRecord,
} from './codec.ts';
export { findIncompatibilities, findRuleBreaks, type SchemaFile, type SchemaProblem } from './compatibility.ts';
export * from './errors.ts';
export { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry-client.ts';
export { createDiskCache, createMemoryCache, type SchemaCache } from './schema-cache.ts';
