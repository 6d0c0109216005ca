package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages are the templates by name, each with the layout and the parts.
type pages map[string]*template.Template

// loadPages parses every template. It fails at start rather than in front of a
// reader.
func loadPages() (pages, error) {
	const dir = "templates/"
	common, err := template.New("").ParseFS(templateFiles, dir+"layout.html", dir+"parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	ofDesk, err := template.New("").ParseFS(templateFiles, dir+"desk_layout.html", dir+"desk_parts.html", dir+"parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates of the desk: %w", err)
	}
	names, err := fs.Glob(templateFiles, dir+"*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	out := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		base := common
		switch {
		case name == "layout", name == "parts", name == "desk_layout", name == "desk_parts":
			continue
		case strings.HasPrefix(name, "desk_"):
			base = ofDesk
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// page is the data of one template: a struct of its own that embeds frame, or
// deskPage on the desk's side, whose templates are named desk_*.
type page interface {
	// template names the file that shows it.
	template() string
}

// render executes a page's template into memory, so that a failure half-way
// leaves nothing half-written.
func (p pages) render(data page) ([]byte, error) {
	t, ok := p[data.template()]
	if !ok {
		return nil, fmt.Errorf("no template %q", data.template())
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout", data); err != nil {
		return nil, fmt.Errorf("show page %s: %w", data.template(), err)
	}
	return out.Bytes(), nil
}

const htmlType = "text/html; charset=utf-8"

// storeRetry is how many seconds later to come back when the store cannot be
// reached. The gate knows how long its lanes take and says so itself.
const storeRetry = "10"

// send writes a finished page.
func send(w http.ResponseWriter, status int, body []byte) error {
	if status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", storeRetry)
	}
	w.Header().Set("Content-Type", htmlType)
	w.WriteHeader(status)
	_, err := w.Write(body)
	return clientGone(err)
}

// clientGone drops the error of a reader who left: there is nobody to tell and
// nothing of ours to mend.
func clientGone(error) error { return nil }
