package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// asset is a static file as it is sent.
type asset struct {
	address     string
	contentType string
	body        []byte
}

// assets are the static files by name and by address. An address holds the
// hash of the content, so that a browser may keep it for good.
type assets struct {
	byName, byAddress map[string]asset
}

// contentTypes are spelt out because the system's table differs between
// machines.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".ico":
		return "image/x-icon"
	}
	return "text/plain; charset=utf-8"
}

// staticRef is how a style sheet names another static file.
var staticRef = regexp.MustCompile(`static:([a-z0-9./-]+)`)

func loadAssets() (assets, error) {
	a := assets{byName: map[string]asset{}, byAddress: map[string]asset{}}
	var sheets []string
	err := fs.WalkDir(staticFiles, "static", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(file, "static/")
		if path.Ext(name) == ".css" {
			sheets = append(sheets, name)
			return nil
		}
		body, err := staticFiles.ReadFile(file)
		a.add(name, body)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("read static files: %w", err)
	}
	// Style sheets come last, since their content names the others' hashes.
	for _, name := range sheets {
		body, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			return a, fmt.Errorf("read static files: %w", err)
		}
		if body, err = a.resolve(body); err != nil {
			return a, fmt.Errorf("style sheet %s: %w", name, err)
		}
		a.add(name, body)
	}
	return a, nil
}

func (a assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	f := asset{
		address:     "/static/" + hex.EncodeToString(sum[:6]) + "/" + name,
		contentType: contentType(name),
		body:        body,
	}
	a.byName[name], a.byAddress[f.address] = f, f
}

func (a assets) resolve(sheet []byte) ([]byte, error) {
	var missing error
	out := staticRef.ReplaceAllFunc(sheet, func(ref []byte) []byte {
		f, ok := a.byName[string(ref[len("static:"):])]
		if !ok {
			missing = fmt.Errorf("no static file %q", ref)
		}
		return []byte(f.address)
	})
	return out, missing
}

// serve answers with a static file, or NotFound for an address that is not of
// this build.
func (a assets) serve(w http.ResponseWriter, r *http.Request) error {
	f, ok := a.byAddress[r.URL.Path]
	if !ok {
		return notFound("read static file")
	}
	w.Header().Set("Content-Type", f.contentType)
	_, err := w.Write(f.body)
	return clientGone(err)
}
