#!/usr/bin/env bash
# A merge patch takes the nulls out of objects in a new list, which RFC 7396 leaves alone; a null as element stays.
. "$(dirname "$0")/lib.bash"
cat > go.mod <<'GO'
module finding
go 1.24
require gopkg.in/evanphx/json-patch.v4 v4.13.0
GO
cat > main.go <<'GO'
package main

import (
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

func main() {
	merged, err := jsonpatch.MergePatch([]byte(`{"list":[]}`), []byte(`{"list":[{"key":"a","value":null},null]}`))
	if err != nil {
		panic(err)
	}
	fmt.Print(string(merged))
}
GO
seen=$(GOFLAGS=-mod=mod GOTOOLCHAIN=local timeout 280 go run . 2> go.log) || { tail -5 go.log >&2; exit 2; }
verdict 'gopkg.in/evanphx/json-patch.v4 4.13.0 (as Kubernetes 1.37.2 pins it): merge of {"list":[{"key":"a","value":null},null]}' \
  '{"list":[{"key":"a","value":null},null]}' '{"list":[{"key":"a"},null]}' "$seen"
