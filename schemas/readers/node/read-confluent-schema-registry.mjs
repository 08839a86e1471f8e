// Reads events with @kafkajs/confluent-schema-registry: it asks the registry for the schema that the frame names.
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { answer } from './answer.mjs';
import { DecimalType } from './decimal-type.mjs';

const registry = new SchemaRegistry(
  { host: process.env.SCHEMA_REGISTRY_URL },
  { [SchemaType.AVRO]: { logicalTypes: { decimal: DecimalType } } },
);

// It takes no null itself.
const read = async (value) => (value === null ? null : registry.decode(value));

await answer({
  openSchema: (schema) => registry.getSchema(schema.id),
  read,
});
