// Reads events with avsc alone: the frame is taken off by hand, the schema comes from a file.
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { answer } from './answer.mjs';
import { DecimalType } from './decimal-type.mjs';

function openSchema(file) {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  return avro.Type.forSchema(schema, { logicalTypes: { decimal: DecimalType }, wrapUnions: false });
}

function read(value, type) {
  if (value === null) return null; // erased: forget what you hold of this key
  return type.fromBuffer(value.subarray(5));
}

await answer({
  openSchema: (schema) => openSchema(schema.file),
  read: (value, schema) => read(value, openSchema(schema.file)),
});
