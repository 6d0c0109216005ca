package promises_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/verify"
)

// earlier is what a program before this one left behind; see
// testdata/earlier/README.md.
type earlier struct {
	Commit     string   `json:"commit"`
	URL        string   `json:"url"`
	Desk       string   `json:"desk"`
	Receipts   []string `json:"receipts"`
	Checks     []string `json:"checks"`
	Checkpoint string   `json:"checkpoint"`
}

// madeOn is the day on which all of them were made: receipts end, and so they
// are opened on the day after.
var madeOn = time.Date(2026, 11, 29, 14, 10, 0, 0, time.UTC)

// TestEarlierDesksAreBroughtUpToDate opens data folders that were made by
// earlier programs: every receipt opens its question, every check is there, and
// the public record goes on from where it was. Then the program itself starts on
// them and shows every check.
func TestEarlierDesksAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob("testdata/earlier/*.tar.gz")
	if err != nil || len(found) < 3 {
		t.Fatalf("%d folders of earlier programs, %v", len(found), err)
	}
	receipts, checks := 0, 0
	for _, path := range found {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".tar.gz"), func(t *testing.T) {
			p := newPlace(t)
			unpack(t, path, p.data())
			var was earlier
			if err := json.Unmarshal([]byte(readFile(t, filepath.Join(p.data(), "expected.json"))), &was); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), store.Options{Path: p.database(), Zone: time.UTC, Clock: func() time.Time { return madeOn.AddDate(0, 0, 1) }})
			if err != nil {
				t.Fatal(err)
			}
			was.keptIn(t, db, p.data())
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			was.recordedIn(t, p.data())
			was.servedFrom(t, p)
			receipts, checks = receipts+len(was.Receipts), checks+len(was.Checks)
		})
	}
	t.Attr("earlier_levels", fmt.Sprint(len(found)))
	t.Attr("receipts_opened", fmt.Sprint(receipts))
	t.Attr("checks_shown", fmt.Sprint(checks))
}

// keptIn demands everything that people hold a receipt or an address of.
func (was earlier) keptIn(t *testing.T, db *store.DB, data string) {
	t.Helper()
	ring, err := keys.Open(filepath.Join(data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	finder, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	in, err := intake.New(t.Context(), db, finder, ring, was.Desk)
	if err != nil {
		t.Fatal(err)
	}
	if len(was.Receipts) < 3 || len(was.Checks) < 10 {
		t.Fatalf("%d receipts and %d checks to look for", len(was.Receipts), len(was.Checks))
	}
	for _, code := range was.Receipts {
		receipt, err := desk.ReadReceipt(code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Track(t.Context(), receipt); err != nil {
			t.Errorf("the receipt %s: %v", code, err)
		}
	}
	err = db.View(t.Context(), func(tx *store.Tx) error {
		for _, id := range was.Checks {
			versions, err := tx.Versions(id)
			if err != nil || len(versions) == 0 {
				t.Errorf("the check %s has %d versions, %v", id, len(versions), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recordedIn holds the record to the checkpoint that an outsider kept. Before
// there was a record there is nothing to hold it to.
func (was earlier) recordedIn(t *testing.T, data string) {
	t.Helper()
	if was.Checkpoint == "" {
		return
	}
	cfg, err := config.Raw{Data: data, Zone: "UTC", URL: was.URL}.Config()
	if err != nil {
		t.Fatal(err)
	}
	place, shut, err := app.OwnRecord(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	r, err := verify.Run(t.Context(), place, verify.Options{Since: []byte(was.Checkpoint), Today: desk.DayOf(madeOn, time.UTC)})
	if err != nil || !r.OK || r.Size < 80 {
		t.Errorf("the record, of %d entries: %v, %v", r.Size, err, r.Problems)
	}
}

// servedFrom starts the program under the address it had.
func (was earlier) servedFrom(t *testing.T, p *place) {
	t.Helper()
	s := p.start(t, nil, "--url", was.URL)
	s.waitReady(t)
	for _, id := range was.Checks {
		got, err := p.get("/c/" + id)
		for range 2 {
			if err == nil && got.status/100 == 3 {
				got, err = p.get(strings.TrimPrefix(got.header.Get("Location"), was.URL))
			}
		}
		if err != nil || got.status != http.StatusOK {
			t.Errorf("the check %s: status %d, %v", id, got.status, err)
		}
	}
	s.stop(t)
}

// unpack unpacks an archive of this repository into a folder.
func unpack(t *testing.T, path, dir string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Clean(h.Name)
		switch {
		case name == ".":
		case h.FileInfo().IsDir():
			err = root.Mkdir(name, 0o700)
		default:
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = root.WriteFile(name, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
