// Reads events with hamba/avro: the frame is taken off by hand, the schema comes from a file.
package main

import (
	"strings"

	"entrepot/readers/job"

	"github.com/hamba/avro/v2"
)

// open parses with a cache of its own: schemas of two entities name the same records.
func open(schema string) (avro.Schema, error) {
	return avro.ParseWithCache(schema, "", &avro.SchemaCache{})
}

func read(value []byte, schema avro.Schema) (any, error) {
	if value == nil {
		return nil, nil // erased: forget what you hold of this key
	}
	var record any
	err := avro.Unmarshal(schema, value[5:], &record)
	return unwrap(record), err
}

// unwrap takes away the level that a nullable record has under its full name, and a nullable list under "array": {"entrepot.Ref": {…}},
// {"array": […]}. Other nullable values have none.
func unwrap(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			if len(value) == 1 && (name == "array" || strings.HasPrefix(name, "entrepot.")) {
				return unwrap(each)
			}
			value[name] = unwrap(each)
		}
	case []any:
		for index, each := range value {
			value[index] = unwrap(each)
		}
	}
	return value
}

func main() {
	job.Answer(
		func(schema string) error {
			_, err := open(schema)
			return err
		},
		func(value []byte, text string) (any, error) {
			schema, err := open(text)
			if err != nil {
				return nil, err
			}
			return read(value, schema)
		},
	)
}
