package witness

import (
	"fmt"
	"net/http"

	"sangto/internal/lang"
	"sangto/ledger"
)

// atOnce bounds the requests that are answered at a time; each may wait for the
// disk. A log that is told to come back does so with its next checkpoint.
const atOnce = 16

// Handler answers for a witness: POST /add-checkpoint as tlog-witness says,
// and GET / with a few sentences for people and the key in the form that
// policies hold. It reads method, path and body of a request and nothing else,
// and keeps nothing about who sent it.
func Handler(w *ledger.Witness, vkey string, words *lang.Catalog) http.Handler {
	mux := http.NewServeMux()
	places := make(chan struct{}, atOnce)
	mux.HandleFunc("/add-checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			w.ServeHTTP(rw, r)
		default:
			rw.Header().Set("Retry-After", "1")
			http.Error(rw, "busy", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) {
		h := rw.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		for _, tag := range lang.Tags() {
			fmt.Fprintf(rw, "%s\n\n", words.For(tag).T("witness.page"))
		}
		fmt.Fprintln(rw, vkey)
	})
	return mux
}
