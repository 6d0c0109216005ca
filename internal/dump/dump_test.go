package dump_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/demo"
	"sangto/internal/desk"
	"sangto/internal/dump"
	"sangto/internal/exchange"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// today is the day of the golden files.
var today = time.Date(2026, 11, 29, 5, 0, 0, 0, time.UTC)

// seeded is the demonstration's corpus, made as the demonstration makes it.
func seeded(t testing.TB) *store.DB {
	t.Helper()
	clock := demo.NewClock(today)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sangto.db"), Clock: clock.Now, Zone: time.UTC, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := t.Context()
	must(t, demo.Desks(ctx, db))
	finder, err := lookup.Open(ctx, db)
	must(t, err)
	deskID, err := intake.LocalDesk(ctx, db)
	must(t, err)
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys"))
	must(t, err)
	in, err := intake.New(ctx, db, finder, ring, deskID)
	must(t, err)
	l := demo.Loader{DB: db, Intake: in, Clock: clock, Random: rand.Reader}
	must(t, l.Load(ctx))
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func options(t testing.TB) dump.Options {
	t.Helper()
	words, err := lang.Load()
	must(t, err)
	site, err := url.Parse("https://ban.example")
	must(t, err)
	return dump.Options{Site: site, Licence: dump.Licence{Name: "CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}, Words: words}
}

func read(t testing.TB, f *dump.Folder, name string) []byte {
	t.Helper()
	in, _, err := f.Open(dump.Latest, name)
	must(t, err)
	defer in.Close()
	b, err := io.ReadAll(in)
	must(t, err)
	return b
}

func TestSet(t *testing.T) {
	db := seeded(t)
	path := filepath.Join(t.TempDir(), "data-out")
	f := dump.New(db, path, options(t))
	if _, err := f.Newest(); desk.KindOf(err) != desk.NotFound {
		t.Errorf("before the first set: %v", err)
	}
	must(t, f.Keep(t.Context()))
	set, err := f.Newest()
	must(t, err)
	if len(set.Files) != len(dump.Names()) || set.Day.String() != "2026-11-29" {
		t.Fatalf("%+v", set)
	}
	for _, one := range set.Files {
		b := read(t, f, one.Name)
		sum := sha256.Sum256(b)
		if hex.EncodeToString(sum[:]) != one.SHA256 || int64(len(b)) != one.Size || one.Size == 0 {
			t.Errorf("%s: %d bytes, the list says %+v", one.Name, len(b), one)
		}
	}
	t.Run("ndjson", func(t *testing.T) { readBack(t, f, dump.NDJSON) })
	t.Run("csv", func(t *testing.T) { readBack(t, f, dump.CSV) })
	t.Run("claimreview", func(t *testing.T) { readBack(t, f, dump.ClaimReview) })
	t.Run("table", func(t *testing.T) { table(t, read(t, f, dump.CSV)) })
	// Nothing is due, so nothing is made.
	must(t, f.Keep(t.Context()))
	if again, err := f.Newest(); err != nil || again.Name != set.Name {
		t.Errorf("%v %v", again.Name, err)
	}
}

// readBack takes a file in as another desk would.
func readBack(t *testing.T, f *dump.Folder, name string) {
	t.Helper()
	found := map[string]exchange.Item{}
	for item, drop := range exchange.Read(bytes.NewReader(read(t, f, name)), name, exchange.Limits{}) {
		if drop != nil {
			if name == dump.CSV && drop.Key == "import.reason.rating" {
				continue // what is no finding has none
			}
			t.Errorf("%s line %d: %s %v", name, drop.Line, drop.Key, drop.Args)
			continue
		}
		found[item.Address] = item
	}
	standing := 0
	for _, r := range records(t, read(t, f, dump.NDJSON)) {
		if r.State != "standing" {
			if _, ok := found[r.URL]; ok {
				t.Errorf("%s: %s is no finding and was taken as one", name, r.URL)
			}
			continue
		}
		standing++
		item, ok := found[r.URL]
		if !ok {
			t.Errorf("%s: %s does not come back", name, r.URL)
			continue
		}
		if item.Rating != r.Rating.Name || item.Claim != exchangeText(r.Claim) || item.Publisher != r.Author.Name || item.Owner != exchangeText(r.Author.Owner) {
			t.Errorf("%s: %+v came back as %+v", name, r, item)
		}
	}
	if standing < 40 || len(found) != standing {
		t.Errorf("%s: %d of %d came back", name, len(found), standing)
	}
}

func exchangeText(s string) string { return strings.Join(strings.Fields(s), " ") }

type line struct {
	URL     string                `json:"url"`
	Claim   string                `json:"claimReviewed"`
	Name    string                `json:"name"`
	Rating  struct{ Name string } `json:"reviewRating"`
	State   string                `json:"state"`
	Here    bool                  `json:"here"`
	ID      string                `json:"id"`
	Licence string                `json:"license"`
	Usage   struct{ Text string } `json:"usageInfo"`
	Author  struct {
		Name  string `json:"name"`
		Owner string `json:"ownershipFundingInfo"`
	} `json:"author"`
	Versions []map[string]any `json:"versions"`
}

func (l *line) UnmarshalJSON(b []byte) error {
	type plain line
	var wire struct {
		plain
		Rating struct {
			Name string `json:"alternateName"`
		} `json:"reviewRating"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	*l = line(wire.plain)
	l.Rating.Name = wire.Rating.Name
	return nil
}

func records(t testing.TB, ndjson []byte) []line {
	t.Helper()
	var out []line
	for raw := range bytes.Lines(ndjson) {
		var l line
		must(t, json.Unmarshal(raw, &l))
		out = append(out, l)
	}
	return out
}

// table reads the CSV with the standard library.
func table(t *testing.T, raw []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	must(t, err)
	for _, r := range rows {
		if len(r) != len(rows[0]) {
			t.Fatalf("%d cells, the header has %d", len(r), len(rows[0]))
		}
	}
	at := func(name string) int { return slices.Index(rows[0], name) }
	for _, r := range rows[1:] {
		if r[at("notice")] == "" || r[at("licence")] == "" || r[at("owner_kind")] == "" || r[at("publisher")] == "" || r[at("version")] == "" {
			t.Errorf("%q", r)
		}
		if imported := !strings.HasPrefix(r[at("url")], "https://ban.example/"); imported && (r[at("title")] != "" || r[at("summary")] != "") {
			t.Errorf("the text of another desk: %q", r)
		}
	}
}

// TestGolden holds the shape and the wording of every text file to the files
// under testdata. Keys of checks are drawn at random, so they are numbered.
func TestGolden(t *testing.T) {
	db := seeded(t)
	f := dump.New(db, t.TempDir(), options(t))
	must(t, f.Keep(t.Context()))
	numbered := numbering(t, read(t, f, dump.NDJSON))
	for _, name := range []string{dump.NDJSON, dump.CSV, dump.ClaimReview, dump.Readme} {
		got := numbered(read(t, f, name), name != dump.Readme)
		path := filepath.Join("testdata", name+".golden")
		if *update {
			must(t, os.MkdirAll("testdata", 0o755))
			must(t, os.WriteFile(path, got, 0o644))
			continue
		}
		want, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s: %s", name, path, firstDifference(string(want), string(got)))
		}
	}
}

// numbering gives the checks the numbers of their addresses and claims in
// order, and sorts lines, whose order is that of the random keys.
func numbering(t *testing.T, ndjson []byte) func([]byte, bool) []byte {
	t.Helper()
	all := records(t, ndjson)
	slices.SortFunc(all, func(a, b line) int { return strings.Compare(firstClaim(a), firstClaim(b)) })
	var pairs []string
	for i, l := range all {
		if l.Here {
			pairs = append(pairs, l.ID, "check-"+string(rune('a'+i/26))+string(rune('a'+i%26)))
		}
	}
	names := strings.NewReplacer(pairs...)
	return func(b []byte, sorted bool) []byte {
		lines := strings.Split(strings.TrimSuffix(names.Replace(string(b)), "\n"), "\n")
		if sorted {
			for i := range lines {
				lines[i] = strings.TrimSuffix(lines[i], ",")
			}
			slices.Sort(lines)
		}
		return []byte(strings.Join(lines, "\n") + "\n")
	}
}

func firstClaim(l line) string {
	s, _ := l.Versions[0]["claim"].(string)
	return s + l.URL[len("https://"):]
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want\n" + w[i] + "\ngot\n" + g[i]
		}
	}
	return "one is longer"
}
