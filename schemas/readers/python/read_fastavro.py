"""Reads events with fastavro alone: the frame is taken off by hand, the schema comes from a file."""

import io
import json

import fastavro

from answer import answer


def open_schema(file):
    with open(file, encoding="utf-8") as text:
        return fastavro.parse_schema(json.load(text))


def read(value, schema):
    if value is None:
        return None  # erased: forget what you hold of this key
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), schema)


answer(
    open_schema=lambda schema: open_schema(schema["file"]),
    read=lambda value, schema: read(value, open_schema(schema["file"])),
)
