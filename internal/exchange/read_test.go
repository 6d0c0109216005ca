package exchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/exchange"
)

var update = flag.Bool("update", false, "write the expected output anew")

// read collects everything Read yields of b.
func read(b []byte, name string, l exchange.Limits) (items []exchange.Item, drops []*exchange.Drop) {
	return readFrom(bytes.NewReader(b), name, l)
}

func readFrom(r io.Reader, name string, l exchange.Limits) (items []exchange.Item, drops []*exchange.Drop) {
	for item, drop := range exchange.Read(r, name, l) {
		if drop != nil {
			drops = append(drops, drop)
		} else {
			items = append(items, item)
		}
	}
	return items, drops
}

// describe writes what Read yields, one line each.
func describe(b []byte, name string) string {
	var out strings.Builder
	for item, drop := range exchange.Read(bytes.NewReader(b), name, exchange.Limits{}) {
		if drop != nil {
			fmt.Fprintf(&out, "%d drop %s", drop.Line, strings.TrimPrefix(drop.Key, "import.reason."))
			for _, k := range slices.Sorted(func(yield func(string) bool) {
				for k := range drop.Args {
					if !yield(k) {
						return
					}
				}
			}) {
				fmt.Fprintf(&out, " %s=%v", k, drop.Args[k])
			}
			out.WriteByte('\n')
			continue
		}
		fmt.Fprintf(&out, "%d keep %s %s\n", item.Line, item.Lang, item.Address)
		for _, f := range []struct {
			name string
			v    any
		}{
			{"desk", item.Publisher + " <" + item.Site + ">"},
			{"owner", item.Owner},
			{"rating", item.Rating},
			{"no verdict", item.NoVerdict},
			{"link only", item.LinkOnly},
			{"published", item.Published},
			{"claim", item.Claim},
			{"title", item.Title},
			{"summary", item.Summary},
		} {
			if s := fmt.Sprint(f.v); s != "" && s != "false" {
				fmt.Fprintf(&out, "    %s: %s\n", f.name, s)
			}
		}
	}
	return out.String()
}

func fixtures(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures in %s: %v", folder, err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if strings.HasSuffix(name, ".want") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

func TestCases(t *testing.T) {
	for name, b := range fixtures(t, "cases") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got := describe(b, name)
			if *update {
				if err := os.WriteFile(name+".want", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(strings.ToLower(got), "canary") {
				t.Error("something about a person was kept")
			}
		})
	}
}

// What is no published check leaves nothing, and says why.
func TestRefused(t *testing.T) {
	for name, b := range fixtures(t, "refused") {
		items, drops := read(b, name, exchange.Limits{})
		if len(items) != 0 {
			t.Errorf("%s: kept %+v", name, items)
		}
		if len(drops) == 0 {
			t.Errorf("%s: dropped without a reason", name)
		}
	}
}

func TestReasonsOfRefusal(t *testing.T) {
	for name, want := range map[string]string{
		"blog.rss": "feed", "channel.atom": "feed", "mastodon.rss": "feed", "outbox.json": "feed", "note.ndjson": "feed", "feed.json": "feed",
		"article.json": "not_check", "videos.json": "not_check", "article.html": "page", "posts.csv": "columns", "text.txt": "columns",
		"empty.json": "empty", "blank.ndjson": "empty", "list.json": "empty", "graph.json": "empty", "utf16.csv": "encoding", "archive.zip": "binary",
		"accounts.csv": "social",
	} {
		b, err := os.ReadFile(filepath.Join("testdata/refused", name))
		if err != nil {
			t.Fatal(err)
		}
		_, drops := read(b, name, exchange.Limits{})
		for _, d := range drops {
			if d.Key != "import.reason."+want {
				t.Errorf("%s: line %d: %s, want %s", name, d.Line, d.Key, want)
			}
		}
	}
}

// Item must not grow a field that could hold who said something.
func TestItemHasNoRoomForAPerson(t *testing.T) {
	want := []string{
		"CheckID", "DeskID", "Publisher", "Site", "Owner", "Address", "Lang", "Rating", "NoVerdict",
		"Claim", "Title", "Summary", "LinkOnly", "Published", "Line", "Offset",
	}
	var got []string
	for f := range reflect.TypeFor[exchange.Item]().Fields() {
		got = append(got, f.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields of Item are %v, want %v: a field for a speaker, an account or a post must never be added", got, want)
	}
}

// The same bytes in any portions give the same result.
func TestPortions(t *testing.T) {
	for name, b := range fixtures(t, "cases") {
		whole, wholeDrops := read(b, name, exchange.Limits{})
		for _, r := range []io.Reader{iotest.OneByteReader(bytes.NewReader(b)), iotest.HalfReader(bytes.NewReader(b)), iotest.DataErrReader(bytes.NewReader(b))} {
			items, drops := readFrom(r, name, exchange.Limits{})
			if !reflect.DeepEqual(whole, items) || len(drops) != len(wholeDrops) {
				t.Errorf("%s: portions change the result", name)
			}
		}
	}
}

func TestOffsets(t *testing.T) {
	for name, b := range fixtures(t, "cases") {
		if strings.HasSuffix(name, ".html") {
			continue
		}
		items, drops := read(b, name, exchange.Limits{})
		check := func(line int, offset int64) {
			if got := 1 + bytes.Count(b[:min(int(offset), len(b))], []byte{'\n'}); got != line {
				t.Errorf("%s: offset %d is on line %d, said %d", name, offset, got, line)
			}
		}
		for _, i := range items {
			check(i.Line, i.Offset)
		}
		for _, d := range drops {
			check(d.Line, d.Offset)
		}
	}
}

const good = `{"@type":"ClaimReview","url":"https://ok.example/%d","claimReviewed":"Claim number %d.","author":{"@type":"Organization","name":"Ok"},"reviewRating":{"alternateName":"True"},"inLanguage":"en"}`

func goodRecord(n int) string { return fmt.Sprintf(good, n, n) }

func TestCaps(t *testing.T) {
	one := goodRecord(1)
	for _, tt := range []struct {
		name, in string
		limits   exchange.Limits
		items    int
		drops    []string
	}{
		{"whole input", strings.Repeat(one+"\n", 10), exchange.Limits{Input: int64(len(one)*2 + 5)}, 2, []string{"json", "input_large"}},
		{"input exactly at its cap", one, exchange.Limits{Input: int64(len(one))}, 1, nil},
		{"long record in a list", `[` + one + `,{"x":"` + strings.Repeat("a", 2000) + `"},` + goodRecord(2) + `]`, exchange.Limits{Record: 1000}, 2, []string{"large"}},
		{"long line", one + "\n" + `{"x":"` + strings.Repeat("a", 2000) + `"}` + "\n" + goodRecord(2), exchange.Limits{Record: 1000}, 2, []string{"large"}},
		{"deep in a list", `[` + one + `,{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `},` + goodRecord(2) + `]`, exchange.Limits{}, 2, []string{"deep"}},
		{"deep on a line", one + "\n" + `{"x":` + strings.Repeat(`{"x":`, 1000) + `1` + strings.Repeat("}", 1001) + "\n" + goodRecord(2), exchange.Limits{}, 2, []string{"deep"}},
		{"depth at its cap", `{"x":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `,` + one[1:], exchange.Limits{}, 1, nil},
		{"depth over its cap", `{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `,` + one[1:], exchange.Limits{}, 0, []string{"deep"}},
		{"many tokens", `[{"x":[1` + strings.Repeat(",1", 60_000) + `]},` + one + `]`, exchange.Limits{}, 1, []string{"tokens"}},
		{"many tokens on a line", one + "\n" + `{"x":[1` + strings.Repeat(",1", 60_000) + `]}`, exchange.Limits{}, 1, []string{"tokens"}},
		{"broken off", `[` + one + `,{"@type":"ClaimReview","url":"https://`, exchange.Limits{}, 1, []string{"broken"}},
		{"long row", "url,claim,rating,publisher\nhttps://ok.example/1," + strings.Repeat("a", 3000) + ",True,Ok\nhttps://ok.example/2,A claim,True,Ok\n", exchange.Limits{Record: 1000}, 1, []string{"large"}},
		{"open quote", "url,claim,rating,publisher\nhttps://ok.example/1,\"" + strings.Repeat("a,\n", 1000) + "\nhttps://ok.example/2,A claim,True,Ok\n", exchange.Limits{Record: 1 << 16}, 1, nil},
		{"long page", "<!doctype html><p>" + strings.Repeat("a", 1<<12) + `<script type="application/ld+json">` + one + "</script>", exchange.Limits{Page: 1 << 10}, 0, []string{"input_large"}},
		{"long block", `<!doctype html><script type="application/ld+json">` + one + `</script><script type="application/ld+json">{"x":"` + strings.Repeat("a", 3000) + `"}</script>`, exchange.Limits{Record: 1000}, 1, []string{"large"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items, drops := read([]byte(tt.in), "", tt.limits)
			if len(items) != tt.items {
				t.Errorf("kept %d, want %d", len(items), tt.items)
			}
			var keys []string
			for _, d := range drops {
				keys = append(keys, strings.TrimPrefix(d.Key, "import.reason."))
			}
			if tt.drops == nil && tt.name == "open quote" {
				if len(keys) < 1 || keys[0] != "row" {
					t.Errorf("dropped for %v", keys)
				}
				return
			}
			if !slices.Equal(keys, tt.drops) {
				t.Errorf("dropped for %v, want %v", keys, tt.drops)
			}
		})
	}
}

// A check whose publisher was still to come is judged even if the input ends
// in an error.
func TestReadErrorSettlesWhatWaits(t *testing.T) {
	graph := `{"@graph":[` + strings.Replace(goodRecord(1), `{"@type":"Organization","name":"Ok"}`, `{"@id":"#ok"}`, 1) + `,{"@type":"Organization","@id":"#ok","name":"Ok"},`
	items, drops := readFrom(io.MultiReader(strings.NewReader(graph), iotest.ErrReader(errors.New("gone"))), "", exchange.Limits{})
	if len(items) != 1 || items[0].Publisher != "Ok" || len(drops) == 0 {
		t.Errorf("kept %+v, dropped %d", items, len(drops))
	}
}

// What is remembered across records is bounded: the 1,001st organisation, and
// the 1,001st check that waits for one, are not.
func TestMemoryAcrossRecords(t *testing.T) {
	check := func(n int, id string) string {
		return strings.Replace(goodRecord(n), `{"@type":"Organization","name":"Ok"}`, fmt.Sprintf(`{"@id":%q}`, id), 1)
	}
	var b strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&b, `{"@type":"Organization","@id":"#%d","name":"Ok %[1]d"},`, i)
	}
	items, drops := read([]byte("["+b.String()+check(1, "#999")+","+check(2, "#1000")+"]"), "", exchange.Limits{})
	if len(items) != 1 || items[0].Publisher != "Ok 999" || len(drops) != 1 || drops[0].Key != "import.reason.publisher" {
		t.Errorf("kept %+v, dropped %d", items, len(drops))
	}
	b.Reset()
	for i := range 1001 {
		b.WriteString(check(i, "#late") + ",")
	}
	items, drops = read([]byte("["+b.String()+`{"@type":"Organization","@id":"#late","name":"Late"}]`), "", exchange.Limits{})
	if len(items) != 1000 || len(drops) != 1 {
		t.Errorf("kept %d, dropped %d", len(items), len(drops))
	}
}

func TestReadErrorEndsWithItsReason(t *testing.T) {
	cause := errors.New("the disk is gone")
	items, drops := readFrom(io.MultiReader(strings.NewReader("["+goodRecord(1)+","), iotest.ErrReader(cause)), "", exchange.Limits{})
	if len(items) != 1 {
		t.Errorf("kept %d, want what came before", len(items))
	}
	last := drops[len(drops)-1]
	if last.Key != "import.reason.read" || !errors.Is(last.Err, cause) {
		t.Errorf("got %+v", last)
	}
}

func TestBreakingOffStopsReading(t *testing.T) {
	taken, line := 0, goodRecord(1)+"\n"
	r := readerFunc(func(b []byte) (int, error) {
		n := copy(b, line[taken%len(line):])
		taken += n
		return n, nil
	})
	for range exchange.Read(r, "", exchange.Limits{}) {
		break
	}
	if taken > 1<<18 {
		t.Errorf("read %d bytes after the loop ended", taken)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestIdentity(t *testing.T) {
	of := func(url, site, lang string) exchange.Item {
		t.Helper()
		items, drops := read(fmt.Appendf(nil, `{"@type":"ClaimReview","url":%q,"claimReviewed":"A claim","author":{"@type":"Organization","name":"A","url":%q},"reviewRating":{"alternateName":"True"},"inLanguage":%q}`, url, site, lang), "", exchange.Limits{})
		if len(items) != 1 {
			t.Fatalf("%s: dropped: %+v", url, drops[0])
		}
		return items[0]
	}
	a := of("https://a.example/x", "https://a.example", "en")
	for _, same := range []exchange.Item{
		of("https://A.example:443/x#top", "http://www.a.example/about", "en-US"),
		of(" https://a.example/x?utm_source=b&fbclid=1 ", "", "EN_gb"),
	} {
		if same.CheckID != a.CheckID || same.DeskID != a.DeskID {
			t.Errorf("%+v is not %+v", same, a)
		}
	}
	if !desk.ValidID(a.CheckID) || !desk.ValidID(a.DeskID) || a.CheckID == a.DeskID {
		t.Errorf("keys %q and %q", a.CheckID, a.DeskID)
	}
	for name, other := range map[string]exchange.Item{
		"language": of("https://a.example/x", "", "vi"), "address": of("https://a.example/y", "", "en"), "publisher": of("https://b.a.example/x", "", "en"),
	} {
		if other.CheckID == a.CheckID {
			t.Errorf("another %s makes the same check", name)
		}
	}
	first := of("https://a.example/x", "https://a.example/desks/0123456789abcdef", "en")
	second := of("https://a.example/x", "https://a.example/en/desks/fedcba9876543210", "en")
	if first.DeskID == a.DeskID || first.Site != "https://a.example/desks/0123456789abcdef" || second.DeskID == first.DeskID {
		t.Errorf("two desks of one site are one: %+v %+v", first, second)
	}
}

// Reading what was kept keeps it as it is: exports and imports rely on it.
func TestCleanTextIsStable(t *testing.T) {
	for _, s := range []string{
		"a &amp;lt;b&gt; c", "x<y and z", "x < y > z", "<p>one</p><p>two</p>", "&lt;p&gt;escaped twice&lt;/p&gt;", "a\u200bb \u202eevil\u202c", "<scr\u200bipt>alert(1)</script>ok",
		"e\u0301 " + strings.Repeat("\u0301", 50), strings.Repeat("word ", 500), "می\u200cخواهم 👩\u200d👩\u200d👧", "<b", "</", "<!-- x", "AT&T & Co &copy; &bogus;", "tab\tline\r\nend\x00\x07", "“quoted” … ½ ™",
		"<svg/onload=alert(1)>hi", "<<b>script>alert(1)<</b>/script>", "a&#60;script&#62;b",
	} {
		once := claimOf(t, "A "+s)
		if twice := claimOf(t, once); twice != once {
			t.Errorf("%q: %q then %q", s, once, twice)
		}
		for i := range len(once) - 1 {
			if once[i] == '<' && strings.ContainsRune("/!?abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(once[i+1])) {
				t.Errorf("%q keeps markup: %q", s, once)
			}
		}
	}
}

func claimOf(t *testing.T, claim string) string {
	t.Helper()
	text, err := json.Marshal(claim)
	if err != nil {
		t.Fatal(err)
	}
	items, drops := read(fmt.Appendf(nil, `{"@type":"ClaimReview","url":"https://a.example/x","claimReviewed":%s,"author":{"@type":"Organization","name":"A"},"reviewRating":{"alternateName":"True"}}`, text), "", exchange.Limits{})
	if len(items) != 1 {
		t.Fatalf("%q: dropped: %+v", claim, drops[0])
	}
	if items[0].LinkOnly {
		t.Fatalf("%q was withheld", claim)
	}
	return items[0].Claim
}

func TestPlainText(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"<p>Một</p><p>hai&nbsp;ba</p>", "Một hai ba"},
		{"Mua <b>ng</b>ay<script>alert('x')</script>!", "Mua ngay!"},
		{"&lt;p&gt;Hai lần&lt;/p&gt;", "Hai lần"},
		{"5 < 6 và 7 > 2", "5 < 6 và 7 > 2"},
		{"nếu x<y thì", "nếu x< y thì"},
		{"\u202eabc\u202c\u2066d\u2069", "abcd"},
		{"vie\u0323\u0302t", "việt"},
		{"Z" + strings.Repeat("\u0300", 20) + "algo", "Z" + strings.Repeat("\u0300", 8) + "algo"},
		{"soft\u00adhyphen\ufeff", "softhyphen"},
		{"a\x00b\x1bc\u0085d", "abc d"},
		{"tag\U000e0041s", "tags"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"jo\u200din", "join"},
	} {
		if got := claimOf(t, tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLengths(t *testing.T) {
	long := strings.Repeat("chữ ", 5000)
	items, _ := read(fmt.Appendf(nil, `{"@type":"ClaimReview","url":"https://a.example/x","claimReviewed":%q,"name":%q,"reviewBody":%q,"author":{"@type":"Organization","name":%q,"ownershipFundingInfo":%q},"reviewRating":{"alternateName":%q}}`, long, long, long, long, long, long), "", exchange.Limits{})
	if len(items) != 1 {
		t.Fatal("dropped")
	}
	i := items[0]
	for _, f := range []struct {
		s   string
		max int
	}{
		{i.Claim, exchange.ClaimMax}, {i.Title, exchange.TitleMax}, {i.Summary, exchange.SummaryMax}, {i.Rating, exchange.RatingMax}, {i.Publisher, exchange.PublisherMax}, {i.Owner, exchange.OwnerMax},
	} {
		if n := utf8.RuneCountInString(f.s); n > f.max || n < f.max*3/4 || !strings.HasSuffix(f.s, "…") {
			t.Errorf("%d characters for %d: %q", n, f.max, f.s)
		}
	}
}

func TestReasonsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range exchange.Reasons() {
		if seen[key] || !strings.HasPrefix(key, "import.reason.") {
			t.Errorf("key %q", key)
		}
		seen[key] = true
	}
}
