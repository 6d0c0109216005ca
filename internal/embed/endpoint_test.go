package embed_test

import (
	"errors"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/embed"
)

func TestEndpointsOnThisMachine(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:11434":       "tcp 127.0.0.1:11434",
		"http://127.0.0.1:8080/":       "tcp 127.0.0.1:8080",
		"http://127.8.9.10:1":          "tcp 127.8.9.10:1",
		"http://127.255.255.255:65535": "tcp 127.255.255.255:65535",
		"http://[::1]:8080":            "tcp [::1]:8080",
		"http://[0:0:0:0:0:0:0:1]:80":  "tcp [::1]:80",
		"unix:/run/embedder.sock":      "unix /run/embedder.sock",
		"unix:///run/embedder.sock":    "unix /run/embedder.sock",
		"unix:/run/a b%2f@c":           "unix /run/a b%2f@c",
	} {
		got, err := embed.ParseEndpoint(text)
		if err != nil || got.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
}

// hostileAddresses are spellings that some resolver, parser or reader takes
// for this machine, or that look as if they named it.
var hostileAddresses = []string{
	"", " ", "127.0.0.1", "127.0.0.1:80", "//127.0.0.1:80", "http:", "http://", "http://:80", "http:127.0.0.1:80",
	// names
	"http://localhost:80", "http://LOCALHOST:80", "http://localhost.:80", "http://localhost.localdomain:80", "http://ip6-localhost:80",
	"http://embedder:80", "http://127.0.0.1.evil:80", "http://127.0.0.1.evil.example:80", "http://127.0.0.1.nip.io:80",
	"http://127.0.0.1.:80", "http://evil.example:80/127.0.0.1:80", "http://localhost%00.evil.example:80",
	// who is before the at sign?
	"http://127.0.0.1@evil.example:80", "http://127.0.0.1:80@evil.example:80", "http://user:secret@127.0.0.1:80", "http://@127.0.0.1:80",
	`http://evil.example:80\@127.0.0.1:80`, "http://127.0.0.1:80#@evil.example", "http://127.0.0.1:80?@evil.example",
	// other spellings of numbers
	"http://2130706433:80", "http://0x7f000001:80", "http://0x7f.0.0.1:80", "http://0177.0.0.1:80", "http://017700000001:80", "http://127.1:80",
	"http://127.0.1:80", "http://127.000.000.001:80", "http://127.0.0.01:80", "http://127.0.0.1.1:80", "http://127.0.0.256:80", "http://383.0.0.1:80",
	"http://１２７.0.0.1:80", "http://127。0。0。1:80", "http://127.0.0.1%20:80", "http://%31%32%37.0.0.1:80", "http://127.0.0.1\t:80",
	// addresses that are not this machine, or not always
	"http://0.0.0.0:80", "http://0:80", "http://[::]:80", "http://128.0.0.1:80", "http://126.255.255.255:80", "http://10.0.0.1:80", "http://192.168.0.1:80",
	"http://169.254.169.254:80", "http://[fe80::1]:80", "http://[fd00::1]:80", "http://255.255.255.255:80", "http://224.0.0.1:80",
	// IPv4 in IPv6 clothes, and zones
	"http://[::ffff:127.0.0.1]:80", "http://[::ffff:7f00:1]:80", "http://[::127.0.0.1]:80", "http://[64:ff9b::7f00:1]:80", "http://[2002:7f00:1::]:80",
	"http://[::1%lo]:80", "http://[::1%25lo]:80", "http://[fe80::1%lo]:80", "http://127.0.0.1%lo:80", "http://::1:80", "http://[::1]", "http://[::1]80",
	// ports
	"http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:-1", "http://127.0.0.1:http", "http://127.0.0.1:80:80",
	// schemes, paths
	"https://127.0.0.1:80", "HTTP://127.0.0.1:80", "ftp://127.0.0.1:80", "file:///etc/passwd", "tcp://127.0.0.1:80", "http+unix://%2Frun%2Fx",
	"http://127.0.0.1:80/v1", "http://127.0.0.1:80//", "http://127.0.0.1:80/..", " http://127.0.0.1:80", "http://127.0.0.1:80 ", "http://127.0.0.1:80\n",
	"http://127.0.0.1:80\r\nHost: evil.example",
	// sockets
	"unix:", "unix:/", "unix:run/x", "unix:@abstract", "unix:\x00abstract", "unix:/run/../x", "unix:/run//x", "unix:/run/", "unix://host/run/x", "unix:////run/x",
	"unix:/run/x\n", "unix:/" + strings.Repeat("x", 200), "UNIX:/run/x",
}

func TestEndpointsElsewhereAreRefused(t *testing.T) {
	for _, text := range hostileAddresses {
		got, err := embed.ParseEndpoint(text)
		var e *desk.Error
		if err == nil || !errors.As(err, &e) || e.Kind != desk.Invalid || e.Key != "config.error.embed_address" {
			t.Errorf("%q: %v, %v; want a refusal", text, got, err)
			continue
		}
		if _, err := embed.New(embed.OpenAI, text, "m"); err == nil {
			t.Errorf("%q: New takes it", text)
		}
		if shown, _ := e.Args["URL"].(string); strings.Contains(shown, "secret") {
			t.Errorf("%q: the refusal repeats a password: %q", text, shown)
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		kind  embed.Kind
		model string
		key   string
	}{
		"no model":         {embed.OpenAI, "", "config.error.embed_model"},
		"a model of lines": {embed.OpenAI, "a\nb", "config.error.embed_model"},
		"a long model":     {embed.OpenAI, strings.Repeat("m", 201), "config.error.embed_model"},
		"a broken model":   {embed.OpenAI, "\xff", "config.error.embed_model"},
		"no kind":          {"", "m", "config.error.embed_kind"},
		"another kind":     {"grpc", "m", "config.error.embed_kind"},
	} {
		_, err := embed.New(c.kind, "http://127.0.0.1:1", c.model)
		var e *desk.Error
		if !errors.As(err, &e) || e.Kind != desk.Invalid || e.Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// FuzzEndpoint: whatever is taken is on this machine, and names no one else.
func FuzzEndpoint(f *testing.F) {
	for _, s := range hostileAddresses {
		f.Add(s)
	}
	f.Add("http://127.0.0.1:80")
	f.Add("unix:/run/x")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := embed.ParseEndpoint(s)
		if err != nil {
			return
		}
		got := e.String()
		if !strings.HasPrefix(got, "tcp 127.") && !strings.HasPrefix(got, "tcp [::1]:") && !strings.HasPrefix(got, "unix /") {
			t.Errorf("%q is taken as %s", s, got)
		}
	})
}
