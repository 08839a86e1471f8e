// Package job does what the runner asks for (see ../../job.ts) and prints the answer as JSON.
package job

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"time"
)

type schema struct {
	Name string `json:"name"`
	File string `json:"file"`
}

type job struct {
	Schemas []schema `json:"schemas"`
	Record  string   `json:"record"`
	Writer  string   `json:"writer"`
}

type attempt map[string]any

// Answer opens the schemas and reads the record; read is given the text of the writer's schema.
func Answer(open func(schema string) error, read func(value []byte, schema string) (any, error)) {
	var asked job
	must(json.Unmarshal(load(os.Args[1]), &asked))
	opened := map[string]attempt{}
	var writer string
	for _, each := range asked.Schemas {
		text := string(load(each.File))
		if each.Name == asked.Writer {
			writer = text
		}
		opened[each.Name] = result(nil, open(text))
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"opened": opened,
		"read":   try(func() (any, error) { return read(load(asked.Record), writer) }),
		"erased": try(func() (any, error) { return read(nil, writer) }),
	}))
}

func try(read func() (any, error)) attempt {
	value, err := read()
	if err != nil {
		return result(nil, err)
	}
	value, err = plain(value)
	return result(value, err)
}

func result(value any, err error) attempt {
	if err != nil {
		return attempt{"error": err.Error()}
	}
	return attempt{"value": value}
}

// plain makes JSON of a value: decimals as text, times as microseconds. Any other type is a fault and fails.
func plain(value any) (any, error) {
	switch value := value.(type) {
	case nil, bool, int, int32, int64, string:
		return value, nil
	case *big.Rat:
		return value.FloatString(15), nil
	case time.Time:
		return value.UnixMicro(), nil
	case []any:
		items := []any{}
		for _, each := range value {
			item, err := plain(each)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	case map[string]any:
		fields := map[string]any{}
		for name, each := range value {
			field, err := plain(each)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			fields[name] = field
		}
		return fields, nil
	}
	return nil, fmt.Errorf("%T is no value of ours: %v", value, value)
}

func load(file string) []byte {
	content, err := os.ReadFile(file)
	must(err)
	return content
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
