"""Does what the runner asks for (see ../job.ts) and prints the answer as JSON."""

import json
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def plain(value):
    """As JSON: decimals as text without exponent, times as microseconds. Any other type is a fault and fails."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} is no value of ours: {value!r}")


def attempt(action):
    try:
        return {"value": action()}
    except Exception as error:  # whatever a library throws is the answer
        return {"error": f"{type(error).__name__}: {error}"}


def answer(open_schema, read):
    with open(sys.argv[1], encoding="utf-8") as text:
        job = json.load(text)
    with open(job["record"], "rb") as file:
        record = file.read()
    opened = {}
    for schema in job["schemas"]:
        opened[schema["name"]] = attempt(lambda: open_schema(schema) and None)
    writer = next(schema for schema in job["schemas"] if schema["name"] == job["writer"])
    json.dump(
        {
            "opened": opened,
            "read": attempt(lambda: plain(read(record, writer))),
            "erased": attempt(lambda: plain(read(None, writer))),
        },
        sys.stdout,
    )
