package gate_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

func upload(t testing.TB, fields map[string]string, files ...string) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, content := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="file"; filename="C:\\Users\\hoa\\trang.html"`)
		h.Set("Content-Type", "text/html")
		w, err := m.CreatePart(h)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = m.Close()
	return b.Bytes(), m.FormDataContentType()
}

func TestReadUpload(t *testing.T) {
	const limit = 1000
	for _, c := range []struct {
		name   string
		fields map[string]string
		files  []string
		kind   string
		want   string
	}{
		{"one file", map[string]string{"address": "https://a.example/đ"}, []string{"<p>đập"}, "", ""},
		{"as large as may be", nil, []string{strings.Repeat("x", limit)}, "", ""},
		{"an empty file", nil, []string{""}, "", ""},
		{"too large", nil, []string{strings.Repeat("x", limit+1)}, "", "error.body.large"},
		{"far too large", nil, []string{strings.Repeat("x", 100*limit)}, "", "error.body.large"},
		{"two files", nil, []string{"a", "b"}, "", "error.body.form"},
		{"no file", map[string]string{"address": "x"}, nil, "", "error.body.form"},
		{"a field that is too long", map[string]string{"address": strings.Repeat("x", 17<<10)}, []string{"a"}, "", "error.body.large"},
		{"another form", nil, []string{"a"}, "application/x-www-form-urlencoded", "error.body.form"},
		{"no boundary", nil, []string{"a"}, "multipart/form-data", "error.body.form"},
	} {
		body, kind := upload(t, c.fields, c.files...)
		if c.kind != "" {
			kind = c.kind
		}
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		values, file, err := gate.ReadUpload(httptest.NewRecorder(), r, limit)
		var e *desk.Error
		if c.want == "" {
			if err != nil || string(file.Body) != c.files[0] || file.ContentType != "text/html" || values.Get("address") != c.fields["address"] {
				t.Errorf("%s: %q %v %v", c.name, file.Body, values, err)
			}
		} else if !errors.As(err, &e) || e.Key != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func FuzzReadUpload(f *testing.F) {
	body, kind := upload(f, map[string]string{"address": "x"}, "y")
	f.Add(body, kind)
	f.Add([]byte("--x\r\nContent-Disposition: form-data; filename=a\r\n\r\nb\r\n--x--"), "multipart/form-data; boundary=x")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		if _, file, err := gate.ReadUpload(httptest.NewRecorder(), r, 100); err == nil && len(file.Body) > 100 {
			t.Fatal("larger than the limit")
		}
	})
}
