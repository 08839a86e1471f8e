// Reads events with goavro: the frame is taken off by hand, the schema comes from a file.
package main

import (
	"strings"

	"entrepot/readers/job"

	"github.com/linkedin/goavro/v2"
)

func read(value []byte, codec *goavro.Codec) (any, error) {
	if value == nil {
		return nil, nil // erased: forget what you hold of this key
	}
	record, _, err := codec.NativeFromBinary(value[5:])
	return unwrap(record), err
}

// unwrap takes away the level that every nullable value has under the name of its type: {"string": "#1001"}, {"entrepot.Ref": {…}},
// {"bytes.decimal": …}, {"long.timestamp-micros": …}.
func unwrap(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			if len(value) == 1 && isType(name) {
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

func isType(name string) bool {
	switch name {
	case "string", "boolean", "int", "long", "array", "bytes.decimal", "long.timestamp-micros":
		return true
	}
	return strings.HasPrefix(name, "entrepot.")
}

func main() {
	job.Answer(
		func(schema string) error {
			_, err := goavro.NewCodec(schema)
			return err
		},
		func(value []byte, schema string) (any, error) {
			codec, err := goavro.NewCodec(schema)
			if err != nil {
				return nil, err
			}
			return read(value, codec)
		},
	)
}
