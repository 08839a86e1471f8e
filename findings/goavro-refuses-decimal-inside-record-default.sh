#!/usr/bin/env bash
# goavro@2.15.0: a schema is refused for a record's default that contains a decimal, while a decimal's own default is taken.
#
# The specification gives both the same form: the text of the bytes. Expected: both are taken, or both refused. Seen: `NewCodec` takes the
# default on the decimal itself, and refuses the record's with "cannot transform to bytes, expected *big.Rat, received string". A schema
# that Go readers use should give such records no default.
#
# Needs Go 1.24 or newer. Exit code 0 while the library behaves so, 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/linkedin/goavro/v2"
)

const amount = `{"type":"bytes","logicalType":"decimal","precision":28,"scale":6}`
const money = `{"type":"record","name":"Money","fields":[{"name":"amount","type":` + amount + `}]}`

func open(field string) error {
	_, err := goavro.NewCodec(`{"type":"record","name":"Line","fields":[{"name":"price",` + field + `}]}`)
	return err
}

func main() {
	plain := open(`"type":` + amount + `,"default":"\u0000"`)
	record := open(`"type":` + money + `,"default":{"amount":"\u0000"}`)
	without := open(`"type":` + money)
	fmt.Println("goavro@2.15.0")
	fmt.Println("default on a decimal:                 ", plain)
	fmt.Println("default on a record with a decimal:   ", record)
	fmt.Println("the same record without a default:    ", without)
	refused := record != nil && strings.Contains(record.Error(), "expected *big.Rat, received string")
	if plain != nil || without != nil || !refused {
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/linkedin/goavro/v2@v2.15.0 >/dev/null 2>&1
go run .
