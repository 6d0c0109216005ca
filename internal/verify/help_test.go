package verify_test

import (
	"context"
	"encoding/base64"
	"maps"
	"testing"
	"testing/fstest"

	"sangto/internal/verify"
	"sangto/internal/verify/verifytest"
	"sangto/ledger"
)

const (
	origin  = verifytest.Origin
	deskID  = verifytest.DeskID
	day0    = verifytest.Day0
	siteURL = verifytest.SiteURL
)

var b64 = base64.RawURLEncoding

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// memory is a place in memory.
func memory(files map[string][]byte) verify.Place {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return verify.Place{Name: "memory", Source: ledger.Folder(fsys)}
}

func options() verify.Options { return verify.Options{Today: day0} }

func run(tb testing.TB, p verify.Place, o verify.Options) *verify.Report {
	tb.Helper()
	r, err := verify.Run(context.Background(), p, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func copied(files map[string][]byte) map[string][]byte { return maps.Clone(files) }

func kinds(r *verify.Report) map[verify.Kind]int {
	out := map[verify.Kind]int{}
	for _, p := range r.Problems {
		out[p.Kind]++
	}
	return out
}
