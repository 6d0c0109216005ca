package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/lang"
	"sangto/internal/testkit"
)

// stage serves the storybook. Under /scene/LANGUAGE/NAME it gives the answer
// of that scene, headers and all, so that a browser can look at pages that
// answer a form.
func stage(t testing.TB) *httptest.Server {
	t.Helper()
	all := map[string]scene{}
	for _, s := range scenes(t) {
		all[s.name] = s
	}
	static := openBook(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.Path, "/")
		if len(parts) != 4 || parts[1] != "scene" {
			static.handler.ServeHTTP(w, r)
			return
		}
		got := play(t, openBook(t), all[parts[3]], parts[2])
		for name, values := range got.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(got.Code)
		_, _ = w.Write(got.Body.Bytes())
	}))
	t.Cleanup(srv.Close)
	return srv
}

// TestPictures writes pictures of every scene to the folder in SANGTO_SHOTS,
// for a person to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SANGTO_SHOTS")
	if dir == "" {
		t.Skip("SANGTO_SHOTS names no folder")
	}
	srv, browser := stage(t), testkit.OpenBrowser(t)
	only := os.Getenv("SANGTO_SHOTS_ONLY")
	for _, view := range []struct {
		name string
		testkit.View
	}{
		{"320-light", testkit.View{Width: 320, Height: 640}},
		{"320-dark", testkit.View{Width: 320, Height: 640, Dark: true}},
		{"768-light", testkit.View{Width: 768, Height: 1024}},
		{"1280-light", testkit.View{Width: 1280, Height: 800}},
		{"1280-dark", testkit.View{Width: 1280, Height: 800, Dark: true}},
		{"print", testkit.View{Width: 700, Height: 1000, Print: true}},
	} {
		if only != "" && !strings.Contains(only, view.name) && strings.ContainsAny(only, "0123456789") {
			continue
		}
		tab := browser.Tab(t, view.View)
		for _, tag := range lang.Tags() {
			for _, s := range scenes(t) {
				if only != "" && !strings.Contains(" "+only+" ", " "+tag+"/"+s.name+" ") {
					continue
				}
				tab.Open(srv.URL + "/scene/" + tag + "/" + s.name)
				file := filepath.Join(dir, s.name+"-"+tag+"-"+view.name+".png")
				if err := os.WriteFile(file, tab.Shot(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
