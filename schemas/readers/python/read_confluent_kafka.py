"""Reads events with confluent-kafka's AvroDeserializer: it asks the registry for the schema that the frame names."""

import os

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from answer import answer

registry = SchemaRegistryClient({"url": os.environ["SCHEMA_REGISTRY_URL"]})
# No schema of your own as the second argument: the writer's is the one to read with.
deserialize = AvroDeserializer(registry)


def read(value, topic="entrepot.order.v1"):
    return deserialize(value, SerializationContext(topic, MessageField.VALUE))  # None for None: erased


answer(
    # The deserializer parses a schema that it is given when it is made.
    open_schema=lambda schema: AvroDeserializer(registry, registry.get_schema(schema["id"])),
    read=lambda value, schema: read(value),
)
