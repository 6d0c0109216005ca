package gate_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

const urlencoded = "application/x-www-form-urlencoded"

func read(contentType, body string) (url.Values, error) {
	return readWithin(contentType, body, gate.FormMax)
}

func readWithin(contentType, body string, limit int64) (url.Values, error) {
	r := httptest.NewRequest(http.MethodPost, "/lookup", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return gate.ReadBody(httptest.NewRecorder(), r, limit)
}

func multi(parts ...string) (contentType, body string) {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--x\r\n" + p + "\r\n")
	}
	return "multipart/form-data; boundary=x", b.String() + "--x--\r\n"
}

func field(name, value string) string {
	return fmt.Sprintf("Content-Disposition: form-data; name=%q\r\n\r\n%s", name, value)
}

func TestReadBodyURLEncoded(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"plain", "text=hello", "hello"},
		{"vietnamese", "text=" + url.QueryEscape("Tin này có đúng không?"), "Tin này có đúng không?"},
		{"bare utf-8", "text=đúng không", "đúng không"},
		{"plus and space", "text=a+b%20c", "a b c"},
		{"stray percent", "text=giảm 50% hôm nay", "giảm 50% hôm nay"},
		{"stray percent at the end", "text=100%", "100%"},
		{"half a triple", "text=a%4", "a%4"},
		{"bad triple", "text=%zz%41", "%zzA"},
		{"bare semicolon", "text=a;b;c", "a;b;c"},
		{"bare equals", "text=a=b", "a=b"},
		{"invalid utf-8 stays", "text=%ff%fe\xc3", "\xff\xfe\xc3"},
		{"nul stays", "text=a%00b", "a\x00b"},
		{"second field", "token=t&text=x", "x"},
		{"stray separators", "&&text=x&&", "x"},
		{"no value", "text", ""},
		{"empty", "", ""},
		{"line breaks", "text=a%0D%0Ab", "a\r\nb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, kind := range []string{urlencoded, urlencoded + "; charset=UTF-8", "Application/X-WWW-Form-URLencoded;charset=utf-8"} {
				got, err := read(kind, c.body)
				if err != nil || got.Get("text") != c.want {
					t.Errorf("%s: %q, %v; want %q", kind, got.Get("text"), err, c.want)
				}
			}
		})
	}
}

func TestReadBodyMultipart(t *testing.T) {
	kind, body := multi(field("token", "t"), field("text", "Đập sẽ xả tối nay\r\n--xy\r\n100% ; & = \xff"))
	got, err := read(kind, body)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Đập sẽ xả tối nay\r\n--xy\r\n100% ; & = \xff"; got.Get("text") != want || got.Get("token") != "t" {
		t.Errorf("got %q", got)
	}
	kind, body = multi("Content-Disposition: form-data; name=\"text\"\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nđúng")
	if got, err = read(kind, body); err != nil || got.Get("text") != "đúng" {
		t.Errorf("part with a type: %q, %v", got, err)
	}
}

func TestReadBodyRefusals(t *testing.T) {
	kind, file := multi("Content-Disposition: form-data; name=\"text\"; filename=\"a.txt\"\r\n\r\nx")
	_, latin := multi("Content-Disposition: form-data; name=\"text\"\r\nContent-Type: text/plain; charset=windows-1258\r\n\r\nx")
	_, base64 := multi("Content-Disposition: form-data; name=\"text\"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==")
	_, nameless := multi("Content-Disposition: form-data\r\n\r\nx")
	_, badType := multi("Content-Disposition: form-data; name=\"text\"\r\nContent-Type: /;;\r\n\r\nx")
	for _, c := range []struct{ name, contentType, body, key string }{
		{"no type", "", "text=x", "form"},
		{"plain text", "text/plain", "text=x", "form"},
		{"json", "application/json", `{"text":"x"}`, "form"},
		{"broken type", "multipart/form-data; boundary", "x", "form"},
		{"latin", urlencoded + "; charset=windows-1258", "text=x", "charset"},
		{"utf-16", urlencoded + "; charset=utf-16le", "t\x00e\x00", "charset"},
		{"no boundary", "multipart/form-data", "x", "form"},
		{"other boundary", "multipart/form-data; boundary=y", "--x\r\n", "form"},
		{"cut", kind, "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhalf", "form"},
		{"file", kind, file, "form"},
		{"latin part", kind, latin, "charset"},
		{"base64 part", kind, base64, "form"},
		{"part without name", kind, nameless, "form"},
		{"part with broken type", kind, badType, "form"},
		{"header bomb", kind, "--x\r\n" + strings.Repeat("A: b\r\n", 12000) + "\r\nx\r\n--x--\r\n", "form"},
		{"too many fields", urlencoded, strings.Repeat("a&", 65), "form"},
		{"too many parts", kind, strings.Repeat("--x\r\n"+field("a", "")+"\r\n", 65) + "--x--", "form"},
		{"too large", urlencoded, "text=" + strings.Repeat("x", gate.FormMax), "large"},
		{"too large when decoded", urlencoded, "text=" + strings.Repeat("%41", gate.FormMax), "large"},
		{"too large in parts", kind, "--x\r\n" + field("text", strings.Repeat("x", gate.FormMax+1)) + "\r\n--x--", "large"},
		{"vast", urlencoded, strings.Repeat("x", 4*gate.FormMax), "large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.contentType, c.body)
			if key(err) != "error.body."+c.key {
				t.Errorf("%d fields, %v; want error.body.%s", len(got), err, c.key)
			}
		})
	}
}

// A message of exactly the greatest size must pass in both encodings, with
// every byte written as three.
func TestReadBodyLargestMessage(t *testing.T) {
	text := strings.Repeat("ộ", desk.MessageMax/3)
	_, parts := multi(field("token", strings.Repeat("t", gate.TokenLength)), field("text", text))
	for kind, body := range map[string]string{
		urlencoded:                        "token=t&text=" + url.QueryEscape(text),
		"multipart/form-data; boundary=x": parts,
	} {
		got, err := read(kind, body)
		if err != nil || got.Get("text") != text {
			t.Errorf("%s: %d bytes, %v", kind, len(got.Get("text")), err)
		}
	}
}

func TestReadBodyCompressedIsRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/lookup", strings.NewReader("x"))
	r.Header.Set("Content-Type", urlencoded)
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := gate.ReadBody(httptest.NewRecorder(), r, gate.FormMax); key(err) != "error.body.form" {
		t.Errorf("a compressed body: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The cause of a broken connection names addresses, so it must not come along.
func TestReadBodyCutConnection(t *testing.T) {
	cause := errors.New("read tcp 192.0.2.7:443->203.0.113.9:51234: i/o timeout")
	r := httptest.NewRequest(http.MethodPost, "/lookup", io.MultiReader(strings.NewReader("text=ha"), failing{cause}))
	r.Header.Set("Content-Type", urlencoded)
	_, err := gate.ReadBody(httptest.NewRecorder(), r, gate.FormMax)
	if key(err) != "error.body.cut" || strings.Contains(err.Error(), "203.0.113.9") {
		t.Errorf("cut connection: %v", err)
	}
}

// Nothing may be spilled to a temporary file, whatever the size.
func TestReadBodyMakesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := range 3 {
		part, err := w.CreateFormField(fmt.Sprint("field", i))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(bytes.Repeat([]byte("x"), 20<<10))
	}
	_ = w.Close()
	got, err := read(w.FormDataContentType(), b.String())
	if err != nil || len(got.Get("field2")) != 20<<10 {
		t.Fatalf("%d fields, %v", len(got), err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("left %d temporary files", len(files))
	}
}

func FuzzReadBody(f *testing.F) {
	kind, body := multi(field("token", "t"), field("text", "x"))
	f.Add(urlencoded, "text=a%20b;c&token=%ff%")
	f.Add(kind, body)
	f.Add(kind, strings.ReplaceAll(body, "\r", ""))
	f.Fuzz(func(t *testing.T, contentType, body string) {
		got, err := read(contentType, body)
		if err != nil {
			if !strings.HasPrefix(key(err), "error.body.") {
				t.Errorf("%v has no sentence", err)
			}
			return
		}
		size := 0
		for name, values := range got {
			for _, v := range values {
				size += len(name) + len(v)
			}
		}
		if size > gate.FormMax {
			t.Errorf("let %d bytes through", size)
		}
		// Where the standard library can read the form, both read the same; of what
		// it refuses, a message with a stray percent sign or semicolon, all is kept.
		want, err := url.ParseQuery(body)
		if form, _, _ := mime.ParseMediaType(contentType); form == urlencoded && err == nil && !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%q was read as %q and not as %q", body, got, want)
		}
		small, err := readWithin(contentType, body, 16)
		if err == nil && !maps.EqualFunc(small, got, slices.Equal) {
			t.Errorf("under a smaller limit %q is read as %q and not as %q", body, small, got)
		}
		if err == nil && size > 16 {
			t.Errorf("let %d bytes through, where 16 are taken", size)
		}
	})
}
