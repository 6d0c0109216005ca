package gate

import (
	"net/http"
	"path"
	"strings"
)

// Tidy hands a request to mux, unless its path is one that http.ServeMux
// answers by itself, with a redirect to the cleaned path and without passing
// any gate: with empty, "." or ".." segments. No address of ours has those, and
// nowhere answers in its place.
func Tidy(mux *http.ServeMux, nowhere http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path)
		if clean != "/" && strings.HasSuffix(r.URL.Path, "/") {
			clean += "/"
		}
		if strings.HasPrefix(r.URL.Path, "/") && clean != r.URL.Path {
			nowhere.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
