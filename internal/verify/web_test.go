package verify_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sangto/internal/verify"
	"sangto/ledger"
)

func TestWebReads(t *testing.T) {
	var flaky atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("elsewhere")) }))
	defer elsewhere.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/desk/ok", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || r.Header.Get("Accept-Language") != "" || strings.Contains(r.UserAgent(), "sangto") {
			w.WriteHeader(http.StatusTeapot)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		_, _ = w.Write([]byte("12345"))
	})
	mux.HandleFunc("/desk/list", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.RawQuery)) })
	mux.HandleFunc("/desk/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desk/ok", http.StatusFound) })
	mux.HandleFunc("/desk/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	mux.HandleFunc("/desk/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desk/round", http.StatusFound) })
	mux.HandleFunc("/desk/flaky", func(w http.ResponseWriter, _ *http.Request) {
		if flaky.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("at last"))
	})
	mux.HandleFunc("/desk/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/desk/law", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnavailableForLegalReasons)
	})
	mux.HandleFunc("/desk/closed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/desk/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 12 {
			if _, err := w.Write(make([]byte, 1<<12)); err != nil {
				return
			}
		}
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	web, err := verify.NewWeb(s.URL + "/desk")
	must(t, err)
	web.Hurry()
	for path, want := range map[string]string{"ok": "12345", "moved": "12345", "flaky": "at last", "list?page=2": "page=2"} {
		if b, err := web.Read(t.Context(), path, 100); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	for _, path := range []string{"gone", "law", "nothing"} {
		if _, err := web.Read(t.Context(), path, 100); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"away", "round"} {
		if _, err := web.Read(t.Context(), path, 100); !errors.Is(err, verify.ErrElsewhere) {
			t.Errorf("%s: %v", path, err)
		}
	}
	var damage *ledger.Damage
	if _, err := web.Read(t.Context(), "endless", 100); !errors.As(err, &damage) {
		t.Errorf("an endless file: %v", err)
	}
	if _, err := web.Read(t.Context(), "ok", 4); !errors.As(err, &damage) {
		t.Errorf("a file too long: %v", err)
	}
	var status *verify.StatusError
	if _, err := web.Read(t.Context(), "closed", 100); !errors.As(err, &status) || status.Status != http.StatusForbidden {
		t.Errorf("closed: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "desk.example", "ftp://desk.example", "http://", "https://user@desk.example", "https://desk.example?x", "https://desk.example#x", "://"} {
		if _, err := verify.NewWeb(bad); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
	w, err := verify.NewWeb("https://desk.example/a/")
	if err != nil || w.String() != "https://desk.example/a" {
		t.Errorf("%v, %v", w, err)
	}
}
