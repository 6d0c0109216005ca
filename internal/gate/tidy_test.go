package gate_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"sangto/internal/gate"
)

// TestTidy holds it against what http.ServeMux would redirect.
func TestTidy(t *testing.T) {
	t.Parallel()
	say := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	mux := http.NewServeMux()
	mux.Handle("/", say(http.StatusOK))
	h := gate.Tidy(mux, say(http.StatusNotFound))
	for path, want := range map[string]int{
		"/": 200, "/a": 200, "/a/": 200, "/a/b": 200, "/a..b": 200, "/...": 200, "/a%2f..%2fb": 404, "//": 404, "//a": 404, "/a//": 404,
		"/a//b": 404, "/a/../b": 404, "/..": 404, "/./": 404, "/a/.": 404, "/a/..": 404,
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "desk.example"
		bare, got := httptest.NewRecorder(), httptest.NewRecorder()
		mux.ServeHTTP(bare, r)
		h.ServeHTTP(got, r)
		if got.Code != want {
			t.Errorf("%s: %d, want %d; the mux alone says %d", path, got.Code, want, bare.Code)
		}
		if got.Code >= 300 && got.Code < 400 {
			t.Errorf("%s: redirected to %s", path, got.Header().Get("Location"))
		}
	}
}
