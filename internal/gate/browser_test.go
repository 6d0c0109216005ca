package gate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sangto/internal/gate"
	"sangto/internal/testkit"
)

// trap is a page on which everything that could run or load from elsewhere
// leaves a trace in the title or in a request.
const trap = `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>unchanged</title>
<script type="application/ld+json">{"@type":"ClaimReview"}</script>
<script>document.title="inline ran"</script>
<script src="/script.js"></script>
<script src="https://tracker.invalid/s.js"></script>
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="https://tracker.invalid/s.css">
</head><body onload="document.title='handler ran'">
<p id="words">Tin này có đúng không?</p>
<img src="https://tracker.invalid/p.png" alt=""><img src="/none.png" alt="" onerror="document.title='onerror ran'">
<iframe src="/style.css"></iframe>
<p style="color:red" id="styled">inline style</p>
<form method="post" action="/answer"><input name="text" value="đập"><button>Gửi</button></form>
</body></html>`

// TestChromium reads padded and unpadded pages in a real browser, with scripts
// switched on, and sends a form: everything arrives, nothing runs, nothing is
// loaded from elsewhere.
func TestChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	g := gate.New(gate.Config{})
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", g.Public(gate.Form, page(trap)))
	mux.Handle("GET /page", g.Public(gate.Page, page(trap)))
	mux.Handle("GET /script.js", g.Public(gate.Asset, typed("text/javascript", `document.title="file ran"`)))
	mux.Handle("GET /style.css", g.Public(gate.Asset, typed("text/css", `#words{color:rgb(1,2,3)}`)))
	var sent, origin string
	mux.Handle("POST /answer", g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values, err := gate.ReadBody(w, r, gate.FormMax)
		if err != nil {
			t.Error(err)
		}
		sent, origin = values.Get("text"), r.Header.Get("Origin")
		gate.Pad(w, r, http.StatusOK, html, []byte("<!doctype html><title>answer</title><p id=words>"+values.Get("text")))
	}))))
	server := httptest.NewServer(mux)
	defer server.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	for _, path := range []string{"/page", "/"} {
		tab.Open(server.URL + path)
		if got := testkit.Eval[string](tab, "document.title"); got != "unchanged" {
			t.Errorf("%s: title %q", path, got)
		}
		if got := tab.Text("#words"); got != "Tin này có đúng không?" {
			t.Errorf("%s: words %q", path, got)
		}
		for selector, want := range map[string]string{"#words": "rgb(1, 2, 3)", "#styled": "rgb(0, 0, 0)"} {
			if got := testkit.Eval[string](tab, `getComputedStyle(document.querySelector("`+selector+`")).color`); got != want {
				t.Errorf("%s: colour of %s is %q, want %q", path, selector, got, want)
			}
		}
		if got := testkit.Eval[float64](tab, `performance.getEntriesByType("navigation")[0].encodedBodySize`); path == "/" && got != gate.PadStep {
			t.Errorf("%s: %v bytes on the wire", path, got)
		}
	}
	tab.FocusOn("button")
	status := tab.Submit(testkit.KeyEnter)
	if got := tab.Text("#words"); status != 200 || got != "đập" || sent != "đập" || origin != server.URL {
		t.Errorf("sent %q, origin %q; %d, %q came back", sent, origin, status, got)
	}
	loaded := strings.Join(tab.Requests(), " ")
	if strings.Contains(loaded, "script.js") && strings.Contains(testkit.Eval[string](tab, "document.title"), "ran") {
		t.Errorf("a script ran; loaded %s", loaded)
	}
	if got := testkit.Eval[string](tab, "document.cookie"); got != "" {
		t.Errorf("cookie %q", got)
	}
}

func typed(contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	})
}
