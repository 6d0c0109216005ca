package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/record"
)

// ledgerBook is a record in one state.
type ledgerBook struct {
	place record.Place
	state record.State
	why   record.Absence
	none  bool
}

func (l *ledgerBook) Checkpoint() ([]byte, error) {
	return []byte("sangto.example/log\n8\nroot\n\n— sig\n"), nil
}

func (l *ledgerBook) Tile(path string) ([]byte, error) {
	if path != "tile/0/000.p/8" {
		return nil, &desk.Error{Kind: desk.NotFound, Key: "error.not_found"}
	}
	return []byte{1, 2, 3}, nil
}

func (*ledgerBook) Key() []byte    { return []byte("sangto.example/log+key\n") }
func (*ledgerBook) Policy() []byte { return []byte("log sangto.example/log+key\nquorum none\n") }

func (l *ledgerBook) Content(_ context.Context, index int64) (string, record.Absence, error) {
	if index != 7 {
		return "", record.Present, &desk.Error{Kind: desk.NotFound, Key: "error.not_found"}
	}
	if l.why != record.Present {
		return "", l.why, nil
	}
	return `{"salt":"","body":"<b>"}`, record.Present, nil
}

func (l *ledgerBook) Proof(context.Context, int64) ([]byte, error) {
	return []byte("c2sp.org/tlog-proof@v1\n"), nil
}

func (l *ledgerBook) Place(context.Context, string, int) (record.Place, error) {
	if l.none {
		return record.Place{}, &desk.Error{Kind: desk.NotFound, Key: "error.not_found"}
	}
	return l.place, nil
}

func (l *ledgerBook) State() (record.State, error) { return l.state, nil }

func newLedgerBook() *ledgerBook {
	return &ledgerBook{
		place: record.Place{Leaf: 7, BodyH: strings.Repeat("a", 64), Signed: true},
		state: record.State{Origin: "sangto.example/log", Size: 8, Root: "root"},
	}
}

// TestRecordOnPages: a check says where it stands in the record, in each state,
// and the page of the record says how the whole stands.
func TestRecordOnPages(t *testing.T) {
	page := "/c/" + damCheck.Check.ID
	for name, c := range map[string]struct {
		set    func(l *ledgerBook)
		path   string
		says   string
		proof  bool
		absent bool
	}{
		"signed":    {path: page, says: "Bàn này chưa nhờ nhân chứng nào bên ngoài", proof: true},
		"unsigned":  {path: page, set: func(l *ledgerBook) { l.place.Signed = false }, says: "Đang chờ ký"},
		"waiting":   {path: page, set: func(l *ledgerBook) { l.place.Asked = 3 }, says: "đang chờ nhân chứng bên ngoài", proof: true},
		"witnessed": {path: page, set: func(l *ledgerBook) { l.place.Asked, l.place.Quorum, l.place.Witnesses = 3, true, []string{"w1", "w2"} }, says: "2 nhân chứng bên ngoài ký: w1, w2", proof: true},
		"none":      {path: page, set: func(l *ledgerBook) { l.none = true }, absent: true},
		"page":      {path: "/record", says: "8 mục đã ký"},
		"held":      {path: "/record", set: func(l *ledgerBook) { l.state.Refused = true }, says: "bàn không đăng gì mới"},
	} {
		t.Run(name, func(t *testing.T) {
			b := openBook(t)
			if c.set != nil {
				c.set(b.ledger)
			}
			got := send(b.handler, "GET", c.path, nil, nil)
			body := got.Body.String()
			if got.Code != 200 || !strings.Contains(body, c.says) {
				t.Fatalf("%d, without %q", got.Code, c.says)
			}
			if strings.Contains(body, "/log/proof/7.tlog-proof") != c.proof || strings.Contains(body, `data-leaf="7"`) != (c.path == page && !c.absent) {
				t.Error("the proof or the place is not as it should be")
			}
		})
	}
}

// TestLogFiles takes the files of the log as mirrors and pages of other sites do.
func TestLogFiles(t *testing.T) {
	b := openBook(t)
	get := func(path string) (int, http.Header, string) {
		got := send(b.handler, "GET", path, nil, http.Header{"Origin": {"https://elsewhere.example"}})
		return got.Code, got.Header(), got.Body.String()
	}
	for path, want := range map[string]struct {
		status             int
		kind, cache, begin string
	}{
		"/log/checkpoint":           {200, "text/plain; charset=utf-8", "public, max-age=5", "sangto.example/log\n8\n"},
		"/log/tile/0/000.p/8":       {200, "application/octet-stream", "public, max-age=31536000, immutable", "\x01\x02\x03"},
		"/log/tile/0/000":           {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/tile/..%2f..%2fx":     {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/key":                  {200, "text/plain; charset=utf-8", "no-cache", "sangto.example/log+key\n"},
		"/log/policy":               {200, "text/plain; charset=utf-8", "no-cache", "log "},
		"/log/content/7":            {200, "application/json; charset=utf-8", "no-cache", `{"salt":"","body":"<b>"}`},
		"/log/content/07":           {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/content/-1":           {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/content/8":            {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/proof/7.tlog-proof":   {200, "text/plain; charset=utf-8", "no-cache", "c2sp.org/tlog-proof@v1\n"},
		"/log/proof/7":              {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/proof/x7.tlog-proof":  {404, "text/html; charset=utf-8", "no-store", ""},
		"/log/proof/7.tlog-proof.x": {404, "text/html; charset=utf-8", "no-store", ""},
	} {
		status, h, body := get(path)
		if status != want.status || h.Get("Content-Type") != want.kind || h.Get("Cache-Control") != want.cache || !strings.HasPrefix(body, want.begin) {
			t.Errorf("%s: %d %q %q %.40q", path, status, h.Get("Content-Type"), h.Get("Cache-Control"), body)
		}
		if status == 200 && h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: no page of another site may check it", path)
		}
	}
	for why, want := range map[record.Absence]int{record.Withheld: 451, record.Erased: 410} {
		b.ledger.why = why
		if status, _, body := get("/log/content/7"); status != want || !strings.HasPrefix(body, string(why)) {
			t.Errorf("%s: %d %q", why, status, body)
		}
	}
}
