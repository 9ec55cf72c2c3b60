#!/usr/bin/env bash
# A JSON patch's test of a text with <, > or & fails on the JSON patch library of Kubernetes, where the object was
# written by Go: it compares the escaped text byte by byte.
. "$(dirname "$0")/lib.bash"
cat > go.mod <<'GO'
module finding
go 1.24
require gopkg.in/evanphx/json-patch.v4 v4.13.0
GO
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

func main() {
	document, _ := json.Marshal(map[string]any{"reason": "a < b", "plain": "a b"})
	for _, patch := range []string{
		`[{"op":"test","path":"/plain","value":"a b"}]`,
		`[{"op":"test","path":"/reason","value":"a < b"}]`,
		`[{"op":"test","path":"/reason","value":"a \u003c b"}]`,
	} {
		operations, _ := jsonpatch.DecodePatch([]byte(patch))
		if _, err := operations.Apply(document); err != nil {
			fmt.Print("fails ")
		} else {
			fmt.Print("holds ")
		}
	}
}
GO
seen=$(GOFLAGS=-mod=mod GOTOOLCHAIN=local timeout 280 go run . 2> go.log) || { tail -5 go.log >&2; exit 2; }
verdict 'gopkg.in/evanphx/json-patch.v4 4.13.0 (as Kubernetes 1.37.2 pins it): test of "a b"; of "a < b"; of "a \u003c b"' \
  'holds holds holds ' 'holds fails holds ' "$seen"
