#!/usr/bin/env bash
# cloudevents 10.0.0 (JavaScript): `Kafka.toEvent` throws on a message as kafkajs hands it out, and takes a null value for a fault.
#
# kafkajs gives header values as Buffers. Expected: the event, or "no event". Seen: `Kafka.isEvent` says yes, and `Kafka.toEvent` ends with
# "contentType.startsWith is not a function". With the headers made text it gives the event. A tombstone (value null) is an event to
# `isEvent` too, and a ValidationError to `toEvent`: look at the value before.
#
# Needs Node.js 20 or newer with npm. Exit code 0 while the library behaves so, 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" cloudevents@10.0.0
cat >read.cjs <<'JAVASCRIPT'
const { Kafka } = require('cloudevents');

const text = {
  ce_specversion: '1.0',
  ce_id: '1',
  ce_source: '/shop',
  ce_type: 'order',
  'content-type': 'application/avro',
};
const buffers = Object.fromEntries(Object.entries(text).map(([name, value]) => [name, Buffer.from(value)]));
const attempt = (message) => {
  try {
    return `event ${Kafka.toEvent(message).id}`;
  } catch (error) {
    return `${error.constructor.name}: ${error.message}`;
  }
};

const value = Buffer.from([0]);
const seen = {
  'headers as Buffers': [Kafka.isEvent({ headers: buffers, value }), attempt({ headers: buffers, value })],
  'headers as text': [Kafka.isEvent({ headers: text, value }), attempt({ headers: text, value })],
  'value null': [Kafka.isEvent({ headers: text, value: null }), attempt({ headers: text, value: null })],
};
console.log('cloudevents 10.0.0');
for (const [what, [isEvent, outcome]] of Object.entries(seen)) console.log(`${what}: isEvent ${isEvent}; ${outcome}`);
const holds =
  Object.values(seen).every(([isEvent]) => isEvent) &&
  /^TypeError: .*startsWith is not a function/.test(seen['headers as Buffers'][1]) &&
  seen['headers as text'][1] === 'event 1' &&
  /^ValidationError: Value is null/.test(seen['value null'][1]);
process.exit(holds ? 0 : 1);
JAVASCRIPT
node read.cjs
