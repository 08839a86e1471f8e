#!/usr/bin/env bash
# fastavro 1.13.1: a decimal field that is filled from its schema's default comes as text, not as a decimal.
#
# Avro lets a reader's schema have a field that the writer's lacks, when the field has a default; the default of a decimal is written as
# the text of its bytes. Expected: the field is a Decimal, as it is where the writer wrote one. Seen: the text itself, '\x00', so that
# arithmetic on it fails far away from where it was read. A schema that Python readers use should give decimals no default.
#
# Needs Python 3 with venv and pip. Exit code 0 while the library behaves so, 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check 'fastavro==1.13.1'
cat >"$folder/read.py" <<'PYTHON'
import io
import sys
from decimal import Decimal

import fastavro

amount = {"type": "bytes", "logicalType": "decimal", "precision": 28, "scale": 6}
name = {"name": "id", "type": "string"}
older = fastavro.parse_schema({"type": "record", "name": "Line", "fields": [name]})
newer = fastavro.parse_schema(
    {"type": "record", "name": "Line", "fields": [name, {"name": "amount", "type": amount, "default": "\u0000"}]}
)


def read(writer, record):
    data = io.BytesIO()
    fastavro.schemaless_writer(data, writer, record)
    data.seek(0)
    return fastavro.schemaless_reader(data, writer, newer)["amount"]


written = read(newer, {"id": "a", "amount": Decimal("1.5")})
filled = read(older, {"id": "a"})
print(f"fastavro {fastavro.__version__}")
print(f"written by the writer:   {written!r}")
print(f"filled from the default: {filled!r}")
sys.exit(0 if isinstance(written, Decimal) and isinstance(filled, str) else 1)
PYTHON
"$folder/env/bin/python" "$folder/read.py"
