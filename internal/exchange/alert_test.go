package exchange_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sangto/internal/desk"
	"sangto/internal/exchange"
)

var writeAlerts = flag.Bool("write-alerts", false, "write testdata/alerts/kept/*.want")

func alertFiles(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "alerts", folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".want") {
			out[name] = b
		}
	}
	return out
}

// TestAlerts compares what is kept of an alert with testdata/alerts/kept/*.want.
func TestAlerts(t *testing.T) {
	for name, b := range alertFiles(t, "kept") {
		a, err := exchange.ReadAlert(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.SHA256 != desk.HashBytes(b) {
			t.Errorf("%s: hash %s", name, a.SHA256)
		}
		a.SHA256 = ""
		got, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if *writeAlerts {
			if err := os.WriteFile(name+".want", append(got, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name + ".want")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestHostileAlerts: nothing of these is kept, and none takes long.
func TestHostileAlerts(t *testing.T) {
	began := time.Now()
	for name, b := range alertFiles(t, "refused") {
		a, err := exchange.ReadAlert(b)
		if desk.KindOf(err) != desk.Invalid || a.Event != "" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
	if _, err := exchange.ReadAlert(make([]byte, exchange.AlertMax+1)); desk.KindOf(err) != desk.TooLarge {
		t.Errorf("a file too large: %v", err)
	}
}

func FuzzAlert(f *testing.F) {
	for _, folder := range []string{"kept", "refused"} {
		for _, b := range alertFiles(f, folder) {
			if len(b) < 10_000 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := exchange.ReadAlert(b)
		if err != nil {
			if k := desk.KindOf(err); k != desk.Invalid && k != desk.TooLarge {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, s := range []string{a.Identifier, a.Sender, a.SenderName, a.Event, a.Area} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 501 || strings.ContainsAny(s, "\x00\n\r\u202e") {
				t.Fatalf("kept %q", s)
			}
		}
		if a.Event == "" || a.Area == "" || a.Sender == "" || a.Sent.IsZero() && !a.Sent.Equal(time.Unix(0, 0)) {
			t.Fatalf("%+v", a)
		}
		if _, err := json.Marshal(a); err != nil {
			t.Fatal(err)
		}
	})
}
